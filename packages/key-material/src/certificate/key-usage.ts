import { Asn1Error, bitString } from '../asn1.ts'
import { extensionValue } from './extensions.ts'

const extensionId = '2.5.29.15'

/** The named bits in their order (RFC 5280, section 4.2.1.3). */
const usages = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const

type KeyUsage = (typeof usages)[number]

/** Names of RFC 5280, section 4.2.1.12. */
const extendedUsages: ReadonlyMap<string, string> = new Map([
  ['2.5.29.37.0', 'anyExtendedKeyUsage'],
  ['1.3.6.1.5.5.7.3.1', 'serverAuth'],
  ['1.3.6.1.5.5.7.3.2', 'clientAuth'],
  ['1.3.6.1.5.5.7.3.3', 'codeSigning'],
  ['1.3.6.1.5.5.7.3.4', 'emailProtection'],
  ['1.3.6.1.5.5.7.3.8', 'timeStamping'],
  ['1.3.6.1.5.5.7.3.9', 'OCSPSigning'],
])

/** The key usage, which node:crypto does not expose. Undefined: the certificate has none, and restricts nobody. */
export function keyUsage(certificate: Buffer): readonly KeyUsage[] | undefined {
  try {
    const value = extensionValue(certificate, extensionId)
    if (!value) return undefined
    const bytes = bitString(value, 'keyUsage')
    return usages.filter((_, bit) => ((bytes[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0)
  } catch (error) {
    // OpenSSL has accepted the certificate; a malformed key usage restricts nobody
    if (error instanceof Asn1Error) return undefined
    throw error
  }
}

/** Whether the key usage has digitalSignature, or there is none. */
export function mayDigitallySign(certificate: Buffer): boolean {
  return keyUsage(certificate)?.includes('digitalSignature') ?? true
}

/** @param oids the extended key usages, which Node calls `keyUsage` */
export function extendedKeyUsage(oids: readonly string[] | undefined): readonly string[] {
  return oids?.map((each) => extendedUsages.get(each) ?? each) ?? []
}
