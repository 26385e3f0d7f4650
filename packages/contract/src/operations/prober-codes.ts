import type { ErrorCode } from '@mtls-gateway/domain/words'

/** What keeps a stored certificate from being tried at a target. */
export const proberCodes = [
  'PROBER_NOT_CONFIGURED',
  'PROBER_UNAVAILABLE',
  'TOO_MANY_CALLS',
  'CLIENT_KEY_MISSING',
  'VERSION_CHANGED',
  'TARGET_URL_NOT_CANONICAL',
  'TARGET_URL_NOT_HTTPS',
] as const satisfies readonly ErrorCode[]
