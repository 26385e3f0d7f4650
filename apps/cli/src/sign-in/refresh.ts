import { refreshTokenGrant } from 'openid-client'
import { CliFailure } from '../cli-failure.ts'
import type { ProviderSettings } from '../settings/provider-settings.ts'
import { openProvider, resourceOf } from './provider.ts'
import { providerFailure, refusalOf } from './provider-failure.ts'
import { type Tokens, tokensOf } from './tokens.ts'

/** Where the provider gives no new refresh token, the old one stays. @throws CliFailure */
export async function refreshTokens(provider: ProviderSettings, refreshToken: string): Promise<Tokens> {
  const configuration = await openProvider(provider)
  try {
    // Without a scope it is the one of before (RFC 6749 section 6).
    const answer = await refreshTokenGrant(configuration, refreshToken, resourceOf(provider))
    return { refreshToken, ...tokensOf(answer) }
  } catch (error) {
    if (refusalOf(error)?.error !== 'invalid_grant') throw providerFailure(error, provider)
    const message = `Your sign-in at ${provider.issuer} has expired or was ended. Sign in again: mtls login.`
    throw new CliFailure('wrongUse', message, { cause: error })
  }
}
