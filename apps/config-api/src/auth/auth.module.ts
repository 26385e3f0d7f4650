import { Bulkheads } from '@mtls-gateway/bulkhead'
import { UsageRecorder } from '@mtls-gateway/coordination'
import { AccountWriter, AppSecretReader, EpochWatch, readMacKeys } from '@mtls-gateway/registry'
import { AppKeyMacs, InvitationVerifier, OAuth1Verifier } from '@mtls-gateway/request-auth'
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
import { Inject, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common'
import { APP_GUARD, HttpAdapterHost } from '@nestjs/core'
import { CONFIGURATION, LOG, METRICS, NONCES, STORE } from '../runtime/tokens.ts'
import { DeploymentMacKeys } from './deployment-mac-keys.ts'
import { StoredAppKeys } from './stored-app-keys.ts'
import { StoredInvitations } from './stored-invitations.ts'
import { TokenIssuersController } from './token-issuers.controller.ts'
import { BEARER_VERIFIER } from './tokens.ts'

/** Enough for the secrets of 1,700 accounts with one app key each. */
const heldSecretBytes = 1_024 * 1_024

/** Verifies callers: by app keys and invitations as they are stored, or by tokens of the configured issuers. */
@Module({
  controllers: [TokenIssuersController],
  providers: [
    provideBy(AppKeyMacs, [CONFIGURATION, STORE, EpochWatch], ({ appKeysWithoutMac }, store, epochs) => {
      const macs = new AppKeyMacs({ load: () => readMacKeys(store), oldKeys: appKeysWithoutMac })
      epochs.onChanged((_epoch, before) => before !== undefined && macs.forget())
      return macs
    }),
    provide(DeploymentMacKeys, [STORE, AppKeyMacs]),
    provideBy(StoredAppKeys, [AccountWriter, STORE, AppKeyMacs], (writer, store, macs) => {
      const secrets = new AppSecretReader({ store, maxBytes: heldSecretBytes })
      return new StoredAppKeys(writer, secrets, macs)
    }),
    provide(StoredInvitations, [AccountWriter]),
    provideBy(
      InvitationVerifier,
      [StoredInvitations, AppKeyMacs],
      (invitations, macs) => new InvitationVerifier({ invitations, macs, clock: Date.now }),
    ),
    provideBy(
      OAuth1Verifier,
      [NONCES, StoredAppKeys, METRICS],
      (nonces, appKeys, metrics) =>
        new OAuth1Verifier({ nonces, appKeys, clock: Date.now, onClockSkew: measureCallerClocks(metrics) }),
    ),
    provideBy(
      BEARER_VERIFIER,
      [CONFIGURATION, Bulkheads, InvitationVerifier, LOG, METRICS],
      (configuration, bulkheads, invitations, log, metrics) =>
        bearerVerification(configuration, { bulkheads, invitations, watch: { log, metrics } }),
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
  exports: [AppKeyMacs, DeploymentMacKeys],
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
