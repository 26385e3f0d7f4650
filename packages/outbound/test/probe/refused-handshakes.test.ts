import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type IssuedCertificate, type TestCa, withTools } from '@mtls-gateway/test-kit'
import { startApacheServer } from '../programs/apache-server.ts'
import { startGnutlsServer } from '../programs/gnutls-server.ts'
import { startHaproxyServer } from '../programs/haproxy-server.ts'
import { startHttp2Server } from '../programs/http2-server.ts'
import { issueIdentities } from '../programs/identities.ts'
import { startStunnelServer } from '../programs/stunnel-server.ts'
import { startOpensslServer } from '../support/openssl-server.ts'
import { Verdicts } from './verdicts.ts'

let serverCa: TestCa
let serverIdentity: IssuedCertificate
let clientCa: TestCa
let known: IssuedCertificate
let strange: IssuedCertificate
let verdicts: Verdicts

beforeAll(async () => {
  ;({ serverCa, serverIdentity, clientCa, known, strange } = await issueIdentities())
  verdicts = new Verdicts(serverCa)
})
afterAll(() => verdicts.close())

withTools(describe, 'gnutls-serv')('a target without secure renegotiation (RFC 5746)', () => {
  it('is refused by this side', async () => {
    const priority = 'NORMAL:-VERS-ALL:+VERS-TLS1.2:%DISABLE_SAFE_RENEGOTIATION'
    const verdict = await verdicts.of(startGnutlsServer(serverIdentity, clientCa, priority), known)
    expect(verdict).toMatchObject({ outcome: 'unknown', code: 'TARGET_LEGACY_RENEGOTIATION' })
    expect(verdict.explanation).toContain('RFC 5746')
  })
})

withTools(describe, 'openssl')('a target that takes only signatures of RSA keys', () => {
  it.each([
    ['-tls1_2', 'RSA+SHA256', 'rsa_pkcs1_sha256'],
    ['-tls1_3', 'RSA-PSS+SHA256', 'rsa_pss_rsae_sha256'],
  ])('refuses the type of an EC key (%s)', async (version, algorithms, name) => {
    const options = ['-Verify', '1', '-verify_return_error', '-CAfile', 'client-ca.pem', version]
    const server = startOpensslServer(serverIdentity, clientCa, [], [...options, '-client_sigalgs', algorithms])
    const verdict = await verdicts.of(server, known)
    expect(verdict).toMatchObject({ outcome: 'refused', code: 'TARGET_REJECTED_CLIENT_KEY_TYPE' })
    expect(verdict.explanation).toContain(name)
  })
})

withTools(describe, 'apache2')('an Apache that takes shorter chains than the one it gets', () => {
  it('refuses the chain, by an internal error', async () => {
    const issuing = await (await clientCa.createIntermediate('First')).createIntermediate('Second')
    const depth = 'SSLVerifyClient require\nSSLVerifyDepth 1'
    const server = startApacheServer(serverIdentity, clientCa, depth)
    const verdict = await verdicts.of(server, await issuing.issue({ commonName: 'deep' }))
    expect(verdict).toMatchObject({ outcome: 'refused', code: 'TARGET_REJECTED_CLIENT_CHAIN' })
    expect(verdict.explanation).toContain('TLS alert 80')
  })
})

withTools(describe, 'stunnel')('a stunnel in front of a target', () => {
  const verifying = (...more: readonly string[]) => ['CAfile = client-ca.pem', 'verifyChain = yes', ...more]

  it('refuses a certificate of an issuer that it does not know', async () => {
    const verdict = await verdicts.of(startStunnelServer(serverIdentity, clientCa, verifying()), strange)
    expect(verdict).toMatchObject({ outcome: 'refused', code: 'TARGET_REJECTED_CLIENT_CERTIFICATE' })
  })

  it('refuses a certificate of an issuer that it knows where it takes those of its list alone', async () => {
    const server = startStunnelServer(serverIdentity, clientCa, verifying('verifyPeer = yes'))
    const verdict = await verdicts.of(server, known)
    expect(verdict).toMatchObject({ outcome: 'refused', code: 'TARGET_REJECTED_CLIENT_CERTIFICATE' })
  })

  it('accepts one of an issuer that it knows, and asks nobody by default', async () => {
    const accepting = startStunnelServer(serverIdentity, clientCa, verifying())
    expect(await verdicts.of(accepting, known)).toMatchObject({ outcome: 'accepted', code: undefined })
    const asking = startStunnelServer(serverIdentity, clientCa, [])
    expect(await verdicts.of(asking, known)).toMatchObject({ outcome: 'not-asked', code: undefined })
  })
})

it('a target that speaks only HTTP/2, and says so, shares no protocol', async () => {
  const verdict = await verdicts.of(startHttp2Server(serverIdentity), known)
  expect(verdict).toMatchObject({ outcome: 'unknown', code: 'TARGET_PROTOCOL_MISMATCH' })
  expect(verdict.explanation).toContain('HTTP/2')
})

withTools(describe, 'haproxy')('an HAProxy that speaks only HTTP/2', () => {
  it('closes the connection, for another reason than the certificate', async () => {
    const verdict = await verdicts.of(startHaproxyServer(serverIdentity, clientCa, 'alpn h2 proto h2', ''), known)
    expect(verdict).toMatchObject({ outcome: 'not-asked', code: 'SOCKET_CLOSED' })
    expect(verdict.explanation).toContain('if it speaks only HTTP/2')
  })
})

withTools(describe, 'openssl')('a target with an RSA key of 1,024 bits', () => {
  it("is refused for Node's own reason", async () => {
    const names = { commonName: 'localhost', dnsNames: ['localhost'] }
    const weak = await serverCa.issue({ ...names, keyType: 'RSA-1024' })
    const server = startOpensslServer(weak, clientCa, [], ['-cipher', 'DEFAULT@SECLEVEL=0'])
    const verdict = await verdicts.of(server, known)
    expect(verdict).toMatchObject({ outcome: 'unknown', code: 'TARGET_CERTIFICATE_INVALID' })
    expect(verdict.explanation).toContain('EE certificate key too weak')
  })
})
