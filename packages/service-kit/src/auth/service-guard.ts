import type { BearerVerifier, OAuth1Verifier } from '@mtls-gateway/request-auth'
import type { HttpAdapterHost } from '@nestjs/core'
import type { TrustedProxies } from '../throttling/trusted-proxies.ts'
import { HeaderBearerStrategy } from './bearer.strategy.ts'
import { CredentialGuard } from './credential-guard.ts'
import { OAuth1Strategy } from './oauth1.strategy.ts'
import { type AddressSettings, requestAddressOf } from './request-address.ts'

/** The guard of a service, with its own verifiers. */
export function serviceGuard(
  settings: AddressSettings,
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
