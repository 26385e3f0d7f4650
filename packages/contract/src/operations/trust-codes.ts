/** What can be wrong with a `targetTrust`, beside its form. */
export const trustCodes = ['PEM_MALFORMED', 'KEY_TYPE_UNSUPPORTED', 'TOO_MANY_BODIES'] as const
