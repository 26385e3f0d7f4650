import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type IssuedCertificate, type TestCa, withTools } from '@mtls-gateway/test-kit'
import { startHaproxyServer } from '../programs/haproxy-server.ts'
import { issueIdentities } from '../programs/identities.ts'
import { startNginxServer } from '../programs/nginx-server.ts'
import { Verdicts } from './verdicts.ts'

let serverIdentity: IssuedCertificate
let clientCa: TestCa
let known: IssuedCertificate
let strange: IssuedCertificate
let verdicts: Verdicts

beforeAll(async () => {
  const identities = await issueIdentities()
  ;({ serverIdentity, clientCa, known, strange } = identities)
  verdicts = new Verdicts(identities.serverCa)
})
afterAll(() => verdicts.close())

withTools(describe, 'haproxy')('an HAProxy that verifies optionally', () => {
  const bind = 'ca-file client-ca.pem verify optional crt-ignore-err all ca-ignore-err all'
  const start = (rule: string) =>
    startHaproxyServer(serverIdentity, clientCa, bind, `http-request deny deny_status 403 if ${rule}`)

  it('refuses a certificate of an issuer that it does not name by a 403', async () => {
    const verdict = await verdicts.of(start('{ ssl_c_verify gt 0 }'), strange)
    expect(verdict).toMatchObject({ outcome: 'refused', code: 'TARGET_REJECTED_CLIENT_CERTIFICATE' })
    expect(verdict.explanation).toContain('it answered 403, and no certificate of the chain comes from an issuer')
  })

  it('is doubted where it answers 403 to a certificate of an issuer that it names', async () => {
    const verdict = await verdicts.of(start('{ ssl_c_s_dn(cn) known }'), known)
    expect(verdict).toMatchObject({ outcome: 'doubtful', code: undefined })
    expect(verdict.explanation).toContain('Ask its owner whether this certificate is registered there')
  })

  it('accepts what it answers otherwise', async () => {
    expect(await verdicts.of(start('{ ssl_c_verify gt 0 }'), known)).toMatchObject({ outcome: 'accepted' })
  })
})

withTools(describe, 'nginx')('an nginx', () => {
  const authority = 'ssl_client_certificate client-ca.pem;'
  const strictly = `${authority} ssl_verify_client on; error_page 495 =403 /no; location /no { return 403 "denied"; }`
  const leniently = `${authority} ssl_verify_client optional_no_ca;
    location / { if ($ssl_client_verify != SUCCESS) { return 401 "denied"; } return 200 "fine"; }`

  it.each([
    ['that turns its 495 into a 403', strictly, 403],
    ['that takes any certificate, and answers 401', leniently, 401],
  ])('%s refuses a certificate', async (_, directives, status) => {
    const verdict = await verdicts.of(startNginxServer(serverIdentity, clientCa, directives), strange)
    expect(verdict).toMatchObject({ outcome: 'refused', code: 'TARGET_REJECTED_CLIENT_CERTIFICATE' })
    expect(verdict.explanation).toContain(`it answered ${status}`)
  })

  it('that names no issuers and answers 401 is doubted', async () => {
    const unnamed = leniently.replace('ssl_client_certificate', 'ssl_trusted_certificate')
    const verdict = await verdicts.of(startNginxServer(serverIdentity, clientCa, unnamed), strange)
    expect(verdict).toMatchObject({ outcome: 'doubtful', code: undefined })
  })

  it('that answers 400 refuses a certificate', async () => {
    const verdict = await verdicts.of(startNginxServer(serverIdentity, clientCa), strange)
    expect(verdict).toMatchObject({ outcome: 'refused', code: 'TARGET_REJECTED_CLIENT_CERTIFICATE' })
    expect(verdict.explanation).toContain('it answered 400 "The SSL certificate error"')
  })

  it('that asks for no certificate says nothing about it', async () => {
    const verdict = await verdicts.of(startNginxServer(serverIdentity, clientCa, 'return 200 "fine";'), strange)
    expect(verdict).toMatchObject({ outcome: 'not-asked', code: undefined })
  })
})
