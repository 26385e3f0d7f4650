/** What is weak or surprising but works: the codes are stored with the certificate version as its warnings. */
export const warningCodes = [
  // the certificate
  'CERTIFICATE_STARTS_LATER',
  'CERTIFICATE_EXPIRES_SOON',
  'CERTIFICATE_REVOKED',
  'CLIENT_AUTH_ABSENT',
  'KEY_USAGE_UNFIT',
  'LEAF_IS_CA',
  'WEAK_SIGNATURE',
  'UNUSUAL_CURVE',
  // the chain
  'CHAIN_INCOMPLETE',
  'CHAIN_EXPIRED',
  'CHAIN_STRANGERS',
  // the file
  'OTHER_KEYS_LEFT_OUT',
  'WEAK_ENCRYPTION',
  'WEAK_KEY_DERIVATION',
  'UNPROTECTED_FILE',
  // Java
  'JAVA_CANNOT_READ_MAC',
  'JAVA_CANNOT_READ_CIPHER',
  'JAVA_PASSWORD_NOT_ASCII',
  'JAVA_FINDS_NO_KEY',
  'JAVA_PAIRS_WRONG',
  'JAVA_CANNOT_USE_KEY',
  'JAVA_TLS_REFUSES',
] as const

export type WarningCode = (typeof warningCodes)[number]
