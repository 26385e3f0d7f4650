import { tokenRevocation } from 'openid-client'
import type { ProviderSettings } from '../settings/provider-settings.ts'
import { openProvider } from './provider.ts'
import { providerFailure, refusalOf } from './provider-failure.ts'

/** False where the provider has no revocation (RFC 7009). @throws CliFailure */
export async function revokeTokens(provider: ProviderSettings, tokens: readonly string[]): Promise<boolean> {
  const configuration = await openProvider(provider)
  if (configuration.serverMetadata().revocation_endpoint === undefined) return false
  for (const token of tokens) {
    try {
      await tokenRevocation(configuration, token)
    } catch (error) {
      // Some can't take back access tokens that are verified without them.
      if (refusalOf(error)?.error !== 'unsupported_token_type') throw providerFailure(error, provider)
    }
  }
  return true
}
