import { Bulkheads } from '@mtls-gateway/bulkhead'
import { UsageRecorder } from '@mtls-gateway/coordination'
import { AccountReader, AppSecretReader, EpochWatch, readMacKeys } from '@mtls-gateway/registry'
import { AppKeyMacs, AppSecrets, OAuth1Verifier } from '@mtls-gateway/request-auth'
import {
  type BearerVerification,
  bearerVerification,
  CallerCertificates,
  CredentialGuard,
  measureCallerClocks,
  provide,
  provideBy,
  requestAddressOf,
  TrustedProxies,
} from '@mtls-gateway/service-kit'
import { Global, Inject, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common'
import { APP_GUARD, HttpAdapterHost } from '@nestjs/core'
import { CONFIGURATION, LOG, METRICS, NONCES, STORE } from '../runtime/tokens.ts'
import { CachedAppKeys } from './cached-app-keys.ts'
import { BEARER_VERIFIER } from './tokens.ts'

/** Verifies callers: by the app keys of cached accounts, or by tokens of the configured issuers. */
@Global()
@Module({
  providers: [
    provideBy(AppKeyMacs, [CONFIGURATION, STORE, EpochWatch], ({ appKeysWithoutMac }, store, epochs) => {
      const macs = new AppKeyMacs({ load: () => readMacKeys(store), oldKeys: appKeysWithoutMac })
      epochs.onChanged((_epoch, before) => before !== undefined && macs.forget())
      return macs
    }),
    provide(CachedAppKeys, [AccountReader, AppSecretReader, AppKeyMacs]),
    provideBy(
      OAuth1Verifier,
      [NONCES, CachedAppKeys, METRICS],
      (nonces, appKeys, metrics) =>
        new OAuth1Verifier({ nonces, appKeys, clock: Date.now, onClockSkew: measureCallerClocks(metrics) }),
    ),
    provideBy(AppSecrets, [CachedAppKeys], (appKeys) => new AppSecrets({ appKeys, clock: Date.now })),
    provideBy(BEARER_VERIFIER, [CONFIGURATION, Bulkheads, LOG, METRICS], (configuration, bulkheads, log, metrics) =>
      bearerVerification(configuration, { bulkheads, watch: { log, metrics } }),
    ),
    provideBy(
      APP_GUARD,
      [
        CONFIGURATION,
        TrustedProxies,
        HttpAdapterHost,
        OAuth1Verifier,
        BEARER_VERIFIER,
        CallerCertificates,
        UsageRecorder,
      ],
      (configuration, proxies, adapterHost, oauth1, bearer, certificates, usage) => {
        const addressOf = requestAddressOf(configuration, proxies)
        return new CredentialGuard({ adapterHost, oauth1, bearer, certificates, addressOf, usage })
      },
    ),
  ],
  exports: [OAuth1Verifier, AppSecrets, BEARER_VERIFIER],
})
export class AuthModule implements OnModuleInit, OnApplicationShutdown {
  readonly #macs: AppKeyMacs
  readonly #bearer: BearerVerification

  constructor(@Inject(AppKeyMacs) macs: AppKeyMacs, @Inject(BEARER_VERIFIER) bearer: BearerVerification) {
    this.#macs = macs
    this.#bearer = bearer
  }

  onModuleInit(): void {
    this.#macs.prefetch()
  }

  onApplicationShutdown(): void {
    this.#bearer.close()
  }
}
