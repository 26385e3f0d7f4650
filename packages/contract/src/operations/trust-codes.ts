/** What can be wrong with a `targetTrust`, beside its form. */
export const trustCodes = [
  'TARGET_TRUST_EMPTY',
  'TARGET_TRUST_AMBIGUOUS',
  'MAPPING_TRUST_UNKNOWN',
  'PEM_MALFORMED',
  'KEY_TYPE_UNSUPPORTED',
  'TOO_MANY_BODIES',
] as const
