import { readFile } from 'node:fs/promises'
import type { IssuedCertificate, TestCa } from '@mtls-gateway/test-kit'

/** A P12 with a certificate and no key; `openssl pkcs12 -export -nokeys`, password `secret`, valid for 100 years. */
export function certificateOnly(): Promise<Uint8Array> {
  return readFile(new URL('../fixtures/certificate-only.p12', import.meta.url))
}

/** The certificate of one with the key of another. */
export async function mismatched(ca: TestCa): Promise<IssuedCertificate> {
  const [one, other] = await Promise.all([ca.issue({ commonName: 'one' }), ca.issue({ commonName: 'other' })])
  return { ...one, privateKey: other.privateKey }
}

export function expired(ca: TestCa): Promise<IssuedCertificate> {
  const notBefore = new Date('2020-01-01T00:00:00Z')
  return ca.issue({ commonName: 'expired', notBefore, notAfter: new Date('2020-02-01T00:00:00Z') })
}
