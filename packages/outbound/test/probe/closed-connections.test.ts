import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type IssuedCertificate, startMtlsTarget, type TestCa, withTools } from '@mtls-gateway/test-kit'
import { startClosingGoServer, startClosingJavaServer } from '../programs/closing-servers.ts'
import { issueIdentities } from '../programs/identities.ts'
import type { Program } from '../programs/program.ts'
import { Verdicts } from './verdicts.ts'

const versions = ['TLSv1.2', 'TLSv1.3'] as const

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

describe.each([
  ['Go', 'Go 1.21', startClosingGoServer],
  ['Java', 'a JDK', startClosingJavaServer],
] as const)('a program in %s that closes each connection without an answer', (_, tool, start) => {
  withTools(describe, tool).each(versions)('over %s', (version) => {
    let server: Program
    beforeAll(async () => {
      server = await start(serverIdentity, clientCa, version)
    })
    afterAll(() => server.close())

    it('has accepted a certificate that it trusts, where OpenSSL tells its closure alert', async () => {
      const verdict = await verdicts.ofRunning(server, known)
      // Over TLS 1.3 Java sends `user_canceled` first, behind which OpenSSL looks no further.
      const isTold = !(tool === 'a JDK' && version === 'TLSv1.3')
      expect(verdict).toMatchObject({ outcome: isTold ? 'accepted' : 'doubtful', code: 'SOCKET_CLOSED' })
      if (isTold) expect(verdict.explanation).toContain('accepted the certificate in the handshake and then closed')
    })

    it('refuses another one by an alert', async () => {
      const verdict = await verdicts.ofRunning(server, strange)
      expect(verdict).toMatchObject({ outcome: 'refused', code: 'TARGET_REJECTED_CLIENT_CERTIFICATE' })
    })
  })
})

describe.each(versions)('a Node server over %s', (version) => {
  it('refuses a certificate by closing the connection', async () => {
    const limits = { minVersion: version, maxVersion: version }
    const target = startMtlsTarget({ serverIdentity, clientCa: clientCa.certificate, ...limits })
    const verdict = await verdicts.of(target, strange)
    expect(verdict).toMatchObject({ outcome: 'refused', code: expect.stringMatching(/^(SOCKET_CLOSED|ECONNRESET)$/) })
    expect(verdict.explanation).toContain('no certificate of the chain comes from an issuer that it names')
  })
})
