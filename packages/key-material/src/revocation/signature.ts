import type { X509Certificate } from 'node:crypto'
import type { BitString } from 'asn1js'
import { type AlgorithmIdentifier, getCrypto, PublicKeyInfo } from 'pkijs'

export interface Signed {
  /** DER. */
  readonly content: Uint8Array
  readonly algorithm: AlgorithmIdentifier
  readonly signature: BitString
}

/** Whether the holder of a certificate has signed it. False if the kind of signature is unknown, or not for its key. */
export async function isSignatureOf(
  { publicKey }: X509Certificate,
  { content, algorithm, signature }: Signed,
): Promise<boolean> {
  const key = PublicKeyInfo.fromBER(new Uint8Array(publicKey.export({ type: 'spki', format: 'der' })))
  try {
    return await getCrypto(true).verifyWithPublicKey(new Uint8Array(content), signature, key, algorithm)
  } catch {
    return false
  }
}
