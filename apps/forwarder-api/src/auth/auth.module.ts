import { AccountReader, AppSecretReader, readMacKeys } from '@mtls-gateway/registry'
import { AppKeyMacs, type BearerVerifier, OAuth1Verifier } from '@mtls-gateway/request-auth'
import { type Backends, bearerVerification, serviceGuard } from '@mtls-gateway/service-kit'
import { Global, Inject, Module, type OnModuleInit } from '@nestjs/common'
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
      provide: AppKeyMacs,
      inject: [CONFIGURATION, BACKENDS],
      useFactory: ({ appKeysWithoutMac }: ForwarderConfiguration, { store }: Backends) =>
        new AppKeyMacs({ load: () => readMacKeys(store), oldKeys: appKeysWithoutMac }),
    },
    {
      provide: OAuth1Verifier,
      inject: [BACKENDS, AccountReader, AppSecretReader, AppKeyMacs],
      useFactory: ({ coordination }: Backends, accounts: AccountReader, secrets: AppSecretReader, macs: AppKeyMacs) =>
        new OAuth1Verifier({
          nonces: coordination.nonces,
          appKeys: new CachedAppKeys(accounts, secrets, macs),
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
export class AuthModule implements OnModuleInit {
  readonly #macs: AppKeyMacs

  constructor(@Inject(AppKeyMacs) macs: AppKeyMacs) {
    this.#macs = macs
  }

  onModuleInit(): void {
    this.#macs.prefetch()
  }
}
