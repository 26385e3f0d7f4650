import type { CertificateUpload } from '@mtls-gateway/contract'
import { CodedError } from '@mtls-gateway/domain'
import type { KeyMaterialInput } from '@mtls-gateway/key-material'
import { pkcs12Input } from './pkcs12-input.ts'

/** Key and certificate as a request has them, in JSON or in a form. */
export interface SentKeyMaterial
  extends Pick<CertificateUpload, 'password' | 'certificate' | 'privateKey' | 'passphrase'> {
  readonly pkcs12: Uint8Array | undefined
}

/**
 * @param pkcs12Name what the request calls its PKCS#12 file
 * @throws CodedError `VALIDATION_FAILED` for nothing and for a mixture, `LIMIT_EXCEEDED`
 */
export function readKeyMaterial(
  { pkcs12, password, certificate, privateKey, passphrase }: SentKeyMaterial,
  pkcs12Name: 'p12' | 'file',
): KeyMaterialInput {
  const hasPem = certificate !== undefined || privateKey !== undefined
  if (pkcs12 !== undefined && !hasPem) return pkcs12Input(pkcs12, password)
  if (pkcs12 === undefined && certificate !== undefined && privateKey !== undefined) {
    return { kind: 'pem', certificate, privateKey, ...(passphrase === undefined ? {} : { passphrase }) }
  }
  throw new CodedError(
    'VALIDATION_FAILED',
    `Send either "${pkcs12Name}" with its "password", or "certificate" and "privateKey" as PEM.`,
  )
}
