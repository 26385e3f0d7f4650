import type { MessageSignature } from '@mtls-gateway/domain'
import { FieldsToSign, type RequestToSign } from './request-to-sign.ts'
import { signCavage } from './schemes/cavage.ts'
import { signJws } from './schemes/jws.ts'
import { signRfc9421 } from './schemes/rfc9421.ts'
import { algorithmOf, type SigningKey } from './signing-key.ts'

const schemes = { cavage: signCavage, jws: signJws, rfc9421: signRfc9421 }

/**
 * The header fields that a request goes out with beside its own, `[name, value, ...]`.
 * @throws CodedError `SIGNATURE_HEADER_MISSING`, `SIGNATURE_KEY_UNFIT`
 */
export async function signRequest(
  signature: MessageSignature,
  key: SigningKey,
  request: RequestToSign,
): Promise<readonly string[]> {
  const algorithm = algorithmOf(signature, key)
  const fields = new FieldsToSign(request)
  await schemes[signature.scheme]({ signature, algorithm, key, request, fields })
  return fields.added
}
