// tsyringe, below @peculiar/x509, refuses to load without it.
import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import type { TestKeyType } from './key-pair.ts'

export type TestKeyUsage = 'clientAuth' | 'serverAuth' | 'codeSigning' | 'emailProtection'

export interface IssueOptions {
  readonly commonName: string
  readonly organization?: string
  /** `EC-P256` unless given: RSA keys take up to a second. */
  readonly keyType?: TestKeyType
  readonly dnsNames?: readonly string[]
  readonly ipAddresses?: readonly string[]
  readonly uris?: readonly string[]
  /** One hour ago unless given. */
  readonly notBefore?: Date
  /** In one year unless given. */
  readonly notAfter?: Date
  /** Both client and server unless given; an empty list leaves the extension out. */
  readonly extendedKeyUsage?: readonly TestKeyUsage[]
  /** Where its issuer answers whether it is revoked, and where it lists those that are. */
  readonly ocspUrl?: string
  readonly crlUrl?: string
  /** DER of the value of the QcStatements extension (ETSI EN 319 412-5). */
  readonly qcStatements?: Uint8Array<ArrayBuffer>
}

export function caExtensions(): x509.Extension[] {
  return [
    new x509.BasicConstraintsExtension(true, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
  ]
}

export function leafExtensions(keyType: TestKeyType, options: IssueOptions): x509.Extension[] {
  const { digitalSignature, keyEncipherment } = x509.KeyUsageFlags
  const usages = options.extendedKeyUsage ?? ['clientAuth', 'serverAuth']
  const names: x509.JsonGeneralNames = [
    ...(options.dnsNames ?? []).map((value) => ({ type: 'dns' as const, value })),
    ...(options.ipAddresses ?? []).map((value) => ({ type: 'ip' as const, value })),
    ...(options.uris ?? []).map((value) => ({ type: 'url' as const, value })),
  ]
  const extensions: x509.Extension[] = [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(
      keyType.startsWith('RSA') ? digitalSignature | keyEncipherment : digitalSignature,
      true,
    ),
  ]
  if (usages.length > 0) {
    extensions.push(new x509.ExtendedKeyUsageExtension(usages.map((usage) => x509.ExtendedKeyUsage[usage])))
  }
  const { ocspUrl, crlUrl, qcStatements } = options
  if (ocspUrl !== undefined)
    extensions.push(new x509.AuthorityInfoAccessExtension({ ocsp: [new x509.GeneralName('url', ocspUrl)] }))
  if (crlUrl !== undefined) extensions.push(new x509.CRLDistributionPointsExtension([crlUrl]))
  if (qcStatements !== undefined) extensions.push(new x509.Extension('1.3.6.1.5.5.7.1.3', false, qcStatements))
  if (names.length > 0) extensions.push(new x509.SubjectAlternativeNameExtension(names))
  return extensions
}
