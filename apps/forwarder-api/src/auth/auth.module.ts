import { AccountReader, AppSecretReader } from '@mtls-gateway/registry'
import { type BearerVerifier, OAuth1Verifier } from '@mtls-gateway/request-auth'
import { type Backends, bearerVerification, serviceGuard } from '@mtls-gateway/service-kit'
import { Global, Module } from '@nestjs/common'
import { APP_GUARD, Reflector } from '@nestjs/core'
import type { ForwarderConfiguration } from '../configuration.ts'
import { BACKENDS, CONFIGURATION } from '../runtime/tokens.ts'
import { CachedAppKeys } from './cached-app-keys.ts'
import { BEARER_VERIFIER } from './tokens.ts'

/** Who calls: app keys from cached accounts, tokens by the configured issuer; the guard of this service's own. */
@Global()
@Module({
  providers: [
    {
      provide: OAuth1Verifier,
      inject: [BACKENDS, AccountReader, AppSecretReader],
      useFactory: ({ coordination }: Backends, accounts: AccountReader, secrets: AppSecretReader) =>
        new OAuth1Verifier({
          nonces: coordination.nonces,
          appKeys: new CachedAppKeys(accounts, secrets),
          clock: Date.now,
        }),
    },
    {
      provide: BEARER_VERIFIER,
      inject: [CONFIGURATION],
      useFactory: (configuration: ForwarderConfiguration) => bearerVerification(configuration),
    },
    {
      provide: APP_GUARD,
      inject: [CONFIGURATION, Reflector, OAuth1Verifier, BEARER_VERIFIER],
      useFactory: (
        configuration: ForwarderConfiguration,
        reflector: Reflector,
        oauth1: OAuth1Verifier,
        bearer: BearerVerifier,
      ) => serviceGuard(configuration, reflector, { oauth1, bearer }),
    },
  ],
  exports: [OAuth1Verifier, BEARER_VERIFIER],
})
export class AuthModule {}
