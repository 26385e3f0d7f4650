import { Asn1Error, children, firstBits, octets, oid, parseBer, tagged } from '../asn1.ts'

const keyUsage = '2.5.29.15'
/** The first named bit (RFC 5280, section 4.2.1.3). */
const digitalSignature = 0x80

/** Whether the key usage, which node:crypto does not expose, has digitalSignature; true if there is no key usage. */
export function mayDigitallySign(certificate: Buffer): boolean {
  try {
    const [tbs] = children(parseBer(certificate, 'certificate'), 'certificate')
    const extensions = children(tbs, 'TBSCertificate').flatMap((node) => tagged(node, 3) ?? [])
    const usage = extensions
      .flatMap((list) => children(list, 'extensions'))
      .map((extension) => children(extension, 'extension'))
      .find(([type]) => oid(type, 'extension') === keyUsage)
    if (!usage) return true
    const value = octets(usage.at(-1), 'keyUsage')
    return (firstBits(parseBer(value, 'keyUsage'), 'keyUsage') & digitalSignature) !== 0
  } catch (error) {
    // OpenSSL has accepted the certificate; a malformed key usage restricts nobody
    if (error instanceof Asn1Error) return true
    throw error
  }
}
