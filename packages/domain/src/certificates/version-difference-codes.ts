/** In what the next version of a certificate can differ from the one in use so that targets, or time, may refuse it. */
export const versionDifferenceCodes = [
  'SAME_CERTIFICATE',
  'EXPIRES_EARLIER',
  'SUBJECT_DIFFERS',
  'NAMES_DIFFER',
  'ISSUER_DIFFERS',
  'KEY_TYPE_DIFFERS',
  'CLIENT_AUTH_DIFFERS',
] as const

export type VersionDifferenceCode = (typeof versionDifferenceCodes)[number]
