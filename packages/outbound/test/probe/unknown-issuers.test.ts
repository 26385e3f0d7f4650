import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createCa, type IssuedCertificate, type TestCa, withTools } from '@mtls-gateway/test-kit'
import { startNginxServer } from '../programs/nginx-server.ts'
import { Verdicts } from './verdicts.ts'

withTools(describe, 'nginx')('a target whose chain leads to no trusted CA', () => {
  let serverCa: TestCa
  let clientCa: TestCa
  let leaf: IssuedCertificate
  let known: IssuedCertificate
  let verdicts: Verdicts

  beforeAll(async () => {
    serverCa = await createCa({ name: 'Server CA' })
    clientCa = await createCa({ name: 'Client CA' })
    const issuing = await serverCa.createIntermediate('Server Issuing CA')
    leaf = await issuing.issue({ commonName: 'localhost', dnsNames: ['localhost'] })
    known = await clientCa.issue({ commonName: 'known' })
    verdicts = new Verdicts(serverCa)
  })
  afterAll(() => verdicts.close())

  const verdictOf = (sent: readonly string[], trustedCa?: TestCa) =>
    verdicts.of(
      startNginxServer({ ...leaf, certificate: sent.join('') }, clientCa),
      known,
      trustedCa ? { trustedCa } : {},
    )

  it('omits its intermediate', async () => {
    const verdict = await verdictOf([leaf.certificate])
    expect(verdict).toMatchObject({ outcome: 'unknown', code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' })
    expect(verdict.explanation).toContain('its issuer "CN=Server Issuing CA" was not sent and is unknown')
  })

  it('omits its intermediate, where its root is given', async () => {
    const verdict = await verdictOf([leaf.certificate], serverCa)
    expect(verdict).toMatchObject({ outcome: 'unknown', code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY' })
    expect(verdict.explanation).toContain('"CN=Server Issuing CA" was not sent and is none of those given')
    expect(verdict.explanation).toContain("Get it from the target's owner and give it in targetTrust")
    expect(verdict.explanation).toContain('it is enough that the target sends it')
  })

  it('has another CA than those given, whose certificate it sends', async () => {
    const verdict = await verdictOf([leaf.certificate, ...leaf.chain], clientCa)
    expect(verdict).toMatchObject({ outcome: 'unknown', code: 'SELF_SIGNED_CERT_IN_CHAIN' })
    expect(verdict.explanation).toContain('ends with the CA "CN=Server CA", which is none of those given')
  })

  it('has another CA than those given, and sends what leads there', async () => {
    const verdict = await verdictOf([leaf.certificate, leaf.chain[0] ?? ''], clientCa)
    expect(verdict).toMatchObject({ outcome: 'unknown', code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY' })
    expect(verdict.explanation).toContain('"CN=Server CA" was not sent and is none of those given')
  })
})
