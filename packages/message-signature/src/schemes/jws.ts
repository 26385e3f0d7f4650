import { signBytes } from '../signing-key.ts'
import type { SigningTask } from './signing-task.ts'

/** A JWS whose payload is the body, and is left out (RFC 7515 appendix F); as it is with `b64: false` (RFC 7797). */
export async function signJws({ signature, algorithm, key, request, fields }: SigningTask): Promise<void> {
  const { headerName = 'x-jws-signature', unencodedPayload, protectedHeader = {}, issuedAt, keyId } = signature
  const members = {
    ...protectedHeader,
    ...(issuedAt !== undefined && { [issuedAt]: Math.floor(request.now / 1_000) }),
  }
  // Those with names of somebody's own mean nothing unless the target knows them, as Open Banking wants it.
  const critical = [...(unencodedPayload ? ['b64'] : []), ...Object.keys(members).filter((name) => name.includes(':'))]
  const header = {
    alg: algorithm,
    kid: keyId ?? key.keyId,
    ...(key.certificate !== undefined && { 'x5t#S256': key.keyId }),
    ...members,
    ...(unencodedPayload && { b64: false }),
    ...(critical.length > 0 && { crit: critical }),
  }
  const { head, input } = signingInput(header, fields.body)
  const signed = await signBytes(algorithm, key, input)
  fields.add(headerName, `${head}..${signed.toString('base64url')}`)
}

/**
 * The protected header as it is sent, and what is signed (RFC 7515 section 5.1).
 * @param header whose `b64` says whether the payload is encoded (RFC 7797)
 */
export function signingInput(
  header: { readonly alg: string; readonly b64?: boolean },
  payload: Uint8Array,
): { readonly head: string; readonly input: Buffer } {
  const head = Buffer.from(JSON.stringify(header)).toString('base64url')
  const signed = header.b64 === false ? payload : Buffer.from(toBase64Url(payload))
  return { head, input: Buffer.concat([Buffer.from(`${head}.`), signed]) }
}

function toBase64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url')
}
