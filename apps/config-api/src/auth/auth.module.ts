import { AccountWriter } from '@mtls-gateway/registry'
import { OAuth1Verifier } from '@mtls-gateway/request-auth'
import { type Backends, bearerVerification, serviceGuard } from '@mtls-gateway/service-kit'
import { Module } from '@nestjs/common'
import { APP_GUARD, Reflector } from '@nestjs/core'
import type { ConfigApiConfiguration } from '../configuration.ts'
import { BACKENDS, CONFIGURATION } from '../runtime/tokens.ts'
import { StoredAppKeys } from './stored-app-keys.ts'

/** Who calls: app keys as they are stored, tokens by the configured issuer; the guard of this service's own. */
@Module({
  providers: [
    {
      provide: OAuth1Verifier,
      inject: [BACKENDS, AccountWriter],
      useFactory: ({ store, coordination }: Backends, writer: AccountWriter) =>
        new OAuth1Verifier({ nonces: coordination.nonces, appKeys: new StoredAppKeys(writer, store), clock: Date.now }),
    },
    {
      provide: APP_GUARD,
      inject: [CONFIGURATION, Reflector, OAuth1Verifier],
      useFactory: (configuration: ConfigApiConfiguration, reflector: Reflector, oauth1: OAuth1Verifier) =>
        serviceGuard(configuration, reflector, { oauth1, bearer: bearerVerification(configuration) }),
    },
  ],
})
export class AuthModule {}
