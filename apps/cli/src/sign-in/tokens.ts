import type { TokenEndpointResponse } from 'openid-client'
import { CliFailure } from '../cli-failure.ts'

/** What a provider gives, as the login keeps it. */
export interface Tokens {
  readonly token: string
  readonly refreshToken?: string
  /** ISO 8601 */
  readonly expiresAt: string | undefined
}

/** @throws CliFailure where it can not be sent in a header */
export function tokensOf({ access_token: token, refresh_token, expires_in }: TokenEndpointResponse): Tokens {
  if (!/^[!-~]+$/.test(token)) {
    throw new CliFailure(
      'noAnswer',
      'The access token of the identity provider has characters that no Bearer token has.',
    )
  }
  return {
    token,
    ...(refresh_token !== undefined && { refreshToken: refresh_token }),
    expiresAt: expires_in === undefined ? undefined : new Date(Date.now() + expires_in * 1_000).toISOString(),
  }
}
