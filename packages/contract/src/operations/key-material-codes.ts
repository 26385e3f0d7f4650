import type { ErrorCode } from '@mtls-gateway/domain/words'

/** What can be wrong with certificates alone. */
export const chainCodes = [
  'PEM_MALFORMED',
  'KEY_CERTIFICATE_MISMATCH',
  'KEY_TYPE_UNSUPPORTED',
  'KEY_TOO_WEAK',
  'CERTIFICATE_EXPIRED',
  'CERTIFICATE_MALFORMED',
  'TOO_MANY_BODIES',
] as const satisfies readonly ErrorCode[]

/** What can be wrong with a key and its certificate. */
export const keyMaterialCodes = [
  'NOT_A_PKCS12',
  'P12_WRONG_PASSWORD',
  'P12_PASSWORD_REQUIRED',
  'P12_UNSUPPORTED_ALGORITHM',
  'P12_TOO_EXPENSIVE',
  'P12_DAMAGED',
  'P12_NO_CERTIFICATE',
  'P12_NO_PRIVATE_KEY',
  'P12_AMBIGUOUS_KEYS',
  ...chainCodes,
] as const satisfies readonly ErrorCode[]
