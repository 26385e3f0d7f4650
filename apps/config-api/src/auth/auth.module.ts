import { AccountWriter, readMacKeys } from '@mtls-gateway/registry'
import { AppKeyMacs, OAuth1Verifier } from '@mtls-gateway/request-auth'
import { type Backends, bearerVerification, serviceGuard } from '@mtls-gateway/service-kit'
import { Inject, Module, type OnModuleInit } from '@nestjs/common'
import { APP_GUARD, Reflector } from '@nestjs/core'
import type { ConfigApiConfiguration } from '../configuration.ts'
import { BACKENDS, CONFIGURATION } from '../runtime/tokens.ts'
import { StoredAppKeys } from './stored-app-keys.ts'

/** Who calls: app keys as they are stored, tokens by the configured issuer; the guard of this service's own. */
@Module({
  providers: [
    {
      provide: AppKeyMacs,
      inject: [CONFIGURATION, BACKENDS],
      useFactory: ({ appKeysWithoutMac }: ConfigApiConfiguration, { store }: Backends) =>
        new AppKeyMacs({ load: () => readMacKeys(store), oldKeys: appKeysWithoutMac }),
    },
    {
      provide: OAuth1Verifier,
      inject: [BACKENDS, AccountWriter, AppKeyMacs],
      useFactory: ({ store, coordination }: Backends, writer: AccountWriter, macs: AppKeyMacs) =>
        new OAuth1Verifier({
          nonces: coordination.nonces,
          appKeys: new StoredAppKeys(writer, store, macs),
          clock: Date.now,
        }),
    },
    {
      provide: APP_GUARD,
      inject: [CONFIGURATION, Reflector, OAuth1Verifier],
      useFactory: (configuration: ConfigApiConfiguration, reflector: Reflector, oauth1: OAuth1Verifier) =>
        serviceGuard(configuration, reflector, { oauth1, bearer: bearerVerification(configuration) }),
    },
  ],
  exports: [AppKeyMacs],
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
