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
  const head = Buffer.from(JSON.stringify(header)).toString('base64url')
  const payload = unencodedPayload ? fields.body : Buffer.from(toBase64Url(fields.body))
  const signed = await signBytes(algorithm, key, Buffer.concat([Buffer.from(`${head}.`), payload]))
  fields.add(headerName, `${head}..${signed.toString('base64url')}`)
}

function toBase64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url')
}
