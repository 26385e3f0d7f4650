import { join } from 'node:path'
import { AccountReader, AppSecretReader } from '@mtls-gateway/registry'
import { generateIssuerKey, OAuth1Verifier } from '@mtls-gateway/request-auth'
import { readOrCreateFile } from '@mtls-gateway/secret-store'
import {
  type Backends,
  bearerVerification,
  CredentialGuard,
  clientAddress,
  HeaderBearerStrategy,
  OAuth1Strategy,
  requestAddressOf,
} from '@mtls-gateway/service-kit'
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
      provide: CachedAppKeys,
      inject: [AccountReader, AppSecretReader],
      useFactory: (accounts: AccountReader, secrets: AppSecretReader) => new CachedAppKeys(accounts, secrets),
    },
    {
      provide: OAuth1Verifier,
      inject: [BACKENDS, CachedAppKeys],
      useFactory: ({ coordination }: Backends, appKeys: CachedAppKeys) =>
        new OAuth1Verifier({ nonces: coordination.nonces, appKeys, clock: Date.now }),
    },
    {
      provide: BEARER_VERIFIER,
      inject: [CONFIGURATION],
      useFactory: (configuration: ForwarderConfiguration) =>
        bearerVerification(configuration, () =>
          readOrCreateFile(join(configuration.dataDir, 'issuer.key'), generateIssuerKey),
        ),
    },
    {
      provide: APP_GUARD,
      inject: [CONFIGURATION, Reflector, OAuth1Verifier, BEARER_VERIFIER],
      useFactory: (
        configuration: ForwarderConfiguration,
        reflector: Reflector,
        oauth1: OAuth1Verifier,
        bearer: ReturnType<typeof bearerVerification>,
      ) => {
        const addressOf = requestAddressOf(configuration)
        return new CredentialGuard({
          reflector,
          strategies: {
            oauth1: () => new OAuth1Strategy(oauth1, addressOf),
            bearer: () => new HeaderBearerStrategy(bearer),
          },
          clientAddressOf: ({ raw }) => clientAddress(raw, configuration.trustedProxies),
        })
      },
    },
  ],
  exports: [OAuth1Verifier, BEARER_VERIFIER],
})
export class AuthModule {}
