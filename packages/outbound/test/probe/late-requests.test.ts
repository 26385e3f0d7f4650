import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type IssuedCertificate, type TestCa, withTools } from '@mtls-gateway/test-kit'
import { startApacheServer } from '../programs/apache-server.ts'
import { issueIdentities } from '../programs/identities.ts'
import { Verdicts } from './verdicts.ts'

withTools(describe, 'apache2')('an Apache that asks for a certificate for one path only', () => {
  let serverIdentity: IssuedCertificate
  let clientCa: TestCa
  let known: IssuedCertificate
  let verdicts: Verdicts
  const onePath = '<Location /only>\nSSLVerifyClient require\n</Location>'

  beforeAll(async () => {
    const identities = await issueIdentities()
    ;({ serverIdentity, clientCa, known } = identities)
    verdicts = new Verdicts(identities.serverCa)
  })
  afterAll(() => verdicts.close())

  const verdictOf = (directives: string, path: string) =>
    verdicts.of(startApacheServer(serverIdentity, clientCa, directives), known, { path })

  it.each(['TLSv1.2', 'TLSv1.3'])('asks too late over %s', async (version) => {
    const verdict = await verdictOf(`SSLProtocol ${version}\n${onePath}`, '/only/')
    expect(verdict).toMatchObject({ outcome: 'not-asked', code: 'TARGET_ASKS_AFTER_HANDSHAKE' })
    expect(verdict.explanation).toContain('only after the handshake')
  })

  it('may ask too late where a page of its own hides the reason', async () => {
    const verdict = await verdictOf(`ErrorDocument 403 "no"\n${onePath}`, '/only/')
    expect(verdict).toMatchObject({ outcome: 'not-asked', code: undefined })
    expect(verdict.explanation).toContain('it would ask after the handshake, as Apache does')
  })

  it('does not look at the certificate for its other paths', async () => {
    expect(await verdictOf(onePath, '/')).toMatchObject({ outcome: 'not-asked', code: undefined })
  })
})
