import type { BearerVerifier, OAuth1Verifier } from '@mtls-gateway/request-auth'
import type { HttpAdapterHost } from '@nestjs/core'
import type { CommonConfiguration } from '../configuration/common-settings.ts'
import { requestAddressOf, type TrustedProxies } from '../throttling/client-address.ts'
import { HeaderBearerStrategy } from './bearer.strategy.ts'
import { CredentialGuard } from './credential-guard.ts'
import { OAuth1Strategy } from './oauth1.strategy.ts'

/** The guard of a service, with its own verifiers. */
export function serviceGuard(
  settings: Pick<CommonConfiguration, 'publicBaseUrls'>,
  proxies: TrustedProxies,
  adapterHost: HttpAdapterHost,
  verifiers: { readonly oauth1: OAuth1Verifier; readonly bearer: BearerVerifier },
): CredentialGuard {
  const addressOf = requestAddressOf(settings, proxies)
  return new CredentialGuard({
    adapterHost,
    strategies: {
      oauth1: () => new OAuth1Strategy(verifiers.oauth1, addressOf),
      bearer: (address) => new HeaderBearerStrategy(verifiers.bearer, address),
    },
  })
}
