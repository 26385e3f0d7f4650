import type { CertificateUpload } from '@mtls-gateway/contract'
import type { KeyMaterialInput } from '@mtls-gateway/key-material'
import { pkcs12Input } from './pkcs12-input.ts'

/** The key and certificate of a request, from JSON or a form. */
export interface SentKeyMaterial extends Omit<CertificateUpload, 'name' | 'id' | 'p12'> {
  readonly pkcs12: Uint8Array | undefined
}

/** Undefined if something is missing, or if both kinds are mixed. @throws CodedError `LIMIT_EXCEEDED` */
export function keyMaterialInput(sent: SentKeyMaterial): KeyMaterialInput | undefined {
  const { pkcs12, password, certificate, privateKey, private_key, passphrase, issuing_ca, ca_chain } = sent
  if (pkcs12 !== undefined) {
    // Generated Java clients send an empty list if none was given.
    const isMixed = isAny(certificate, privateKey, private_key, passphrase, issuing_ca) || (ca_chain?.length ?? 0) > 0
    return isMixed ? undefined : pkcs12Input(pkcs12, password)
  }
  const key = privateKey ?? private_key
  if (certificate === undefined || key === undefined || (privateKey !== undefined && private_key !== undefined)) {
    return undefined
  }
  return pemInput(withIssuers(certificate, sent), key, passphrase)
}

function isAny(...fields: readonly unknown[]): boolean {
  return fields.some((field) => field !== undefined)
}

function pemInput(certificate: string, privateKey: string, passphrase?: string): KeyMaterialInput {
  return { kind: 'pem', certificate, privateKey, ...(passphrase === undefined ? {} : { passphrase }) }
}

/** The PEM that Vault answers ends without a newline. */
function withIssuers(leaf: string, { ca_chain = [], issuing_ca }: SentKeyMaterial): string {
  const issuer = issuing_ca === undefined ? [] : [issuing_ca]
  return [leaf, ...(ca_chain.length > 0 ? ca_chain : issuer)].join('\n')
}
