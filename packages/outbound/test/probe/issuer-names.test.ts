import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { distinguishedName } from '@mtls-gateway/domain'
import { withTools } from '@mtls-gateway/test-kit'
import { nameFromDer } from '../../src/probe/handshake-trace.ts'

withTools(describe, 'openssl')('the name of an issuer', () => {
  it.each([
    '/C=DE/O=Acme, Inc./CN=Root CA',
    '/CN=say "hi", twice',
    '/OU=one+UID=7/CN=two \\+ three',
    '/CN=Häß 日本/emailAddress=a@b.example',
    '/CN= spaces around /O=#hash',
    '/CN=a=b\\\\c<d>e;f',
    '/businessCategory=Private Organization/1.3.6.1.4.1.311.60.2.1.3=DE/serialNumber=HRB 1/CN=EV',
  ])('reads the same from DER and from a certificate: %s', (subject) => {
    const openssl = (args: string[], input?: string) => execFileSync('openssl', args, { input, stdio: 'pipe' })
    const options = ['-x509', '-newkey', 'ed25519', '-nodes', '-keyout', '/dev/null', '-utf8', '-multivalue-rdn']
    const pem = openssl(['req', ...options, '-subj', subject]).toString()
    const certificate = new X509Certificate(pem)
    expect(nameFromDer(issuerIn(certificate.raw))).toBe(distinguishedName(certificate.issuer))
  })

  it('is not read from what is no name', () => {
    expect(nameFromDer(Buffer.from('30ff', 'hex'))).toBeUndefined()
  })
})

/** The name between signature algorithm and validity (RFC 5280 section 4.1). */
function issuerIn(der: Buffer): Buffer {
  const at = der.indexOf('300506032b6570', 0, 'hex') + 7
  const validity = der.indexOf('301e170d', at, 'hex')
  return der.subarray(at, validity)
}
