import { children, type Node, octets, oid, parseBer, tagged } from '../asn1.ts'

/**
 * The value of an extension, which node:crypto does not expose; undefined where the certificate lacks it.
 * @param certificate DER, that OpenSSL has accepted
 * @throws Asn1Error
 */
export function extensionValue(certificate: Buffer, id: string): Node | undefined {
  const [tbs] = children(parseBer(certificate, 'certificate'), 'certificate')
  const extension = children(tbs, 'TBSCertificate')
    .flatMap((node) => tagged(node, 3) ?? [])
    .flatMap((list) => children(list, 'extensions'))
    .map((each) => children(each, 'extension'))
    .find(([type]) => oid(type, 'extension') === id)
  return extension && parseBer(octets(extension.at(-1), id), id)
}
