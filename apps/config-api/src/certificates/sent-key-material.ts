import type { CertificateUpload } from '@mtls-gateway/contract'
import type { KeyMaterialInput } from '@mtls-gateway/key-material'
import { pkcs12Input } from './pkcs12-input.ts'

/** Key and certificate as a request has them, in JSON or in a form. */
export interface SentKeyMaterial extends Omit<CertificateUpload, 'name' | 'id' | 'p12'> {
  readonly pkcs12: Uint8Array | undefined
}

/** Undefined where something is missing, and for a mixture of forms. @throws CodedError `LIMIT_EXCEEDED` */
export function keyMaterialInput(sent: SentKeyMaterial): KeyMaterialInput | undefined {
  const { pkcs12, password, certificate, privateKey, passphrase, ca_chain, issuing_ca, private_key } = sent
  const isPem = isAny(privateKey, passphrase)
  const isVault = isAny(private_key, ca_chain, issuing_ca)
  if (pkcs12 !== undefined) {
    return isPem || isVault || certificate !== undefined ? undefined : pkcs12Input(pkcs12, password)
  }
  if (certificate === undefined || (isPem && isVault)) return undefined
  if (privateKey !== undefined) return pemInput(certificate, privateKey, passphrase)
  return private_key === undefined ? undefined : pemInput(withIssuers(certificate, sent), private_key)
}

function isAny(...fields: readonly unknown[]): boolean {
  return fields.some((field) => field !== undefined)
}

function pemInput(certificate: string, privateKey: string, passphrase?: string): KeyMaterialInput {
  return { kind: 'pem', certificate, privateKey, ...(passphrase === undefined ? {} : { passphrase }) }
}

/** The PEM that Vault answers ends without a newline. */
function withIssuers(leaf: string, { ca_chain = [], issuing_ca = '' }: SentKeyMaterial): string {
  return [leaf, ...(ca_chain.length > 0 ? ca_chain : [issuing_ca])].join('\n')
}
