import { limits } from '@mtls-gateway/contract'
import { CodedError, limitExceeded } from '@mtls-gateway/domain'
import type { KeyMaterialInput } from '@mtls-gateway/key-material'

/** A PKCS#12 file, ready to be examined. @throws CodedError `LIMIT_EXCEEDED` */
export function pkcs12Input(bytes: Uint8Array, password: string | undefined): KeyMaterialInput {
  if (bytes.length > limits.file) throw fileTooLarge('p12')
  if (password === undefined) return { kind: 'pkcs12', bytes }
  if (password.length > limits.password) throw limitExceeded('password', limits.password, 'characters')
  return { kind: 'pkcs12', bytes, password }
}

/**
 * Base64, or a list of bytes, which may be signed as Java writes them (-128..255).
 * @throws CodedError `VALIDATION_FAILED`, `LIMIT_EXCEEDED`
 */
export function readBytes(value: unknown): Uint8Array {
  if (typeof value === 'string') return fromBase64(value)
  if (!Array.isArray(value)) throw malformed()
  if (value.length > limits.file) throw fileTooLarge('p12')
  return Uint8Array.from(value, (byte: unknown) => {
    if (typeof byte !== 'number' || !Number.isInteger(byte) || byte < -128 || byte > 255) throw malformed()
    return byte & 0xff
  })
}

export function fileTooLarge(field: string): CodedError {
  return limitExceeded(field, limits.file, 'bytes (256 KiB)')
}

function fromBase64(text: string): Uint8Array {
  if (text.length > limits.base64File) throw fileTooLarge('p12')
  const compact = text.replace(/\s+/g, '')
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(compact)) throw malformed()
  return Buffer.from(compact, 'base64')
}

function malformed(): CodedError {
  return new CodedError('VALIDATION_FAILED', '"p12" is neither base64 nor a list of bytes (-128 to 255).', {
    details: { field: 'p12' },
  })
}
