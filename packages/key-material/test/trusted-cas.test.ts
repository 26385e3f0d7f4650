import { createPublicKey, X509Certificate } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { withTools } from '@mtls-gateway/test-kit'
import { readTrustedCas } from '../src/trust/read-trusted-cas.ts'
import { openssl } from './support/openssl.ts'

withTools(describe, 'openssl')('CA certificates that a mapping trusts', () => {
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256']
  const code = (text: string) => {
    const read = readTrustedCas(text)
    return 'code' in read ? read.code : read.certificates.length
  }

  it('are taken as they come from a CA', async () => {
    const found = await Promise.all([ca(ec), ca(['-newkey', 'rsa:2048']), ca(['-newkey', 'ed25519'])])
    expect(code(found.join('some text\n'))).toBe(3)
  })

  it('are told of by their subject, which is cut where it is long, their expiry and their fingerprint', async () => {
    const long = await ca(ec, `O=${'a'.repeat(64)}\n0.OU=${'b'.repeat(64)}\n1.OU=c`)
    const short = await ca(ec, 'CN=A, "B"\nO=C')
    const read = readTrustedCas(short + long)
    const [one, other] = 'facts' in read ? read.facts : []
    const { fingerprint256, validToDate } = new X509Certificate(short)
    expect(one).toEqual({
      subject: expect.stringMatching(/^O=C, CN=A\\, /),
      notAfter: validToDate.toISOString(),
      fingerprintSha256: fingerprint256.replaceAll(':', '').toLowerCase(),
    })
    expect(other?.subject).toMatch(/^OU=c, OU=b{64}, O=.{0,60}\.\.\.$/)
  })

  it.each([
    ['nothing', ''],
    ['no PEM', 'CA'],
    ['no certificate', pem('AAAA')],
    ['half a block', '-----BEGIN CERTIFICATE-----\nAAAA'],
    ['a key', pem('AAAA', 'PRIVATE KEY')],
  ])('are no list where there is %s', (_, text) => {
    expect(code(text)).toBe('PEM_MALFORMED')
  })

  it('are no list where a key is among them', async () => {
    expect(code((await ca(ec)) + pem('AAAA', 'PRIVATE KEY'))).toBe('PEM_MALFORMED')
  })

  it.each([
    ['a long name', 16_384, 'O=x', `subjectAltName=URI:https://x.example/${'x'.repeat(17_000)}`],
    ['thousands of short ones', 1_000, 'CN=x', `subjectAltName=${'DNS:a,'.repeat(1_100)}DNS:a`],
    [
      'thousands of parts',
      1_000,
      Array.from({ length: 400 }, (_, at) => `${at}.OU=a`).join('\n'),
      'keyUsage=keyCertSign',
    ],
  ])('may not take much memory of each context: %s', async (_, limit, name, extension) => {
    const read = readTrustedCas(await ca(ec, name, extension))
    expect(read).toMatchObject({ code: 'LIMIT_EXCEEDED', limit })
  })

  it('may not take long to verify by: a curve over a binary field', async () => {
    expect(code(await ca(['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:sect571r1']))).toBe('KEY_TYPE_UNSUPPORTED')
  })

  it.each([
    ['a large modulus', 8_200, 65_537n, 'KEY_TYPE_UNSUPPORTED'],
    // Below 3,072 bits OpenSSL accepts exponents of any size, and verifying takes as long as signing.
    ['a large exponent', 2_048, 2n ** 200n + 1n, 'KEY_TYPE_UNSUPPORTED'],
    ['nothing large', 8_192, 65_537n, 1],
  ])('may not take long to verify by: an RSA key with %s', async (_, bits, exponent, expected) => {
    expect(code(await caOf(rsaKey(bits, exponent)))).toBe(expected)
  })

  async function ca(key: readonly string[], name = 'CN=CA', extension = 'keyUsage=keyCertSign'): Promise<string> {
    const configuration = `[req]\ndistinguished_name=name\nx509_extensions=ca\nprompt=no\n[name]\n${name}\n[ca]\nbasicConstraints=critical,CA:TRUE\n${extension}\n`
    const args = ['req', '-x509', ...key, '-noenc', '-keyout', 'key.pem', '-config', 'ca.cnf']
    return (await openssl(args, { 'ca.cnf': configuration })).toString()
  }

  /** A certificate for a key without a private half. */
  async function caOf(publicKey: string): Promise<string> {
    const signer = await openssl(['genpkey', '-algorithm', 'ED25519'])
    const args = ['x509', '-new', '-subj', '/CN=CA', '-force_pubkey', 'public.pem', '-signkey', 'signer.pem']
    return (await openssl(args, { 'public.pem': publicKey, 'signer.pem': signer })).toString()
  }
})

function pem(body: string, label = 'CERTIFICATE'): string {
  return `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`
}

function rsaKey(bits: number, exponent: bigint): string {
  const base64url = (value: bigint) => {
    const hex = value.toString(16)
    return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex').toString('base64url')
  }
  // Not the product of two primes, which nobody checks when reading it.
  const key = { kty: 'RSA', n: base64url(2n ** BigInt(bits) - 1n), e: base64url(exponent) }
  return createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString()
}
