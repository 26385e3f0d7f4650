import { CodedError } from '../errors/coded-error.ts'
import type { CertificateId } from '../identifiers/ids.ts'
import type { Mapping } from '../mappings/mapping.ts'
import { signatureAlgorithmFor, unfitKeySentence } from '../mappings/message-signature.ts'

/**
 * For a version of a certificate that comes into use: its key has to sign for the mappings that have this certificate
 * sign, or all their calls would be refused.
 * @param mappings those that may; undefined: there is nothing wrong
 */
export function unfitSigner(
  mappings: readonly Mapping[],
  id: CertificateId,
  { keyType }: { readonly keyType: string },
): CodedError | undefined {
  for (const { name, messageSignature, certificateId } of mappings) {
    if (messageSignature === undefined || messageSignature.signingKey) continue
    if ((messageSignature.certificateId ?? certificateId) !== id) continue
    if (signatureAlgorithmFor(messageSignature, keyType) !== undefined) continue
    const why = unfitKeySentence(messageSignature, keyType)
    const message = `The mapping "${name}" has this certificate sign its requests. ${why} Change the messageSignature of the mapping first, or use a key of the same type as before.`
    return new CodedError('MESSAGE_SIGNATURE_INVALID', message)
  }
  return undefined
}

/** @throws CodedError `MESSAGE_SIGNATURE_INVALID` */
export function refuseUnfitSigner(...facts: Parameters<typeof unfitSigner>): void {
  const error = unfitSigner(...facts)
  if (error) throw error
}
