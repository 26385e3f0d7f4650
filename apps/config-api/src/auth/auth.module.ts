import { Bulkheads } from '@mtls-gateway/bulkhead'
import { UsageRecorder } from '@mtls-gateway/coordination'
import { AccountWriter, AppSecretReader, EpochWatch, readMacKeys } from '@mtls-gateway/registry'
import { AppKeyMacs, InvitationVerifier, OAuth1Verifier } from '@mtls-gateway/request-auth'
import {
  bearerVerification,
  CredentialGuard,
  measureCallerClocks,
  provide,
  provideBy,
  requestAddressOf,
  TrustedProxies,
} from '@mtls-gateway/service-kit'
import { Inject, Module, type OnModuleInit } from '@nestjs/common'
import { APP_GUARD, HttpAdapterHost } from '@nestjs/core'
import { CONFIGURATION, METRICS, NONCES, STORE } from '../runtime/tokens.ts'
import { DeploymentMacKeys } from './deployment-mac-keys.ts'
import { StoredAppKeys } from './stored-app-keys.ts'
import { StoredInvitations } from './stored-invitations.ts'

/** Enough for the secrets of 1,700 accounts with one app key each. */
const heldSecretBytes = 1_024 * 1_024

/** Verifies callers: by app keys and invitations as they are stored, or by tokens of the configured issuer. */
@Module({
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
      APP_GUARD,
      [CONFIGURATION, Bulkheads, TrustedProxies, HttpAdapterHost, OAuth1Verifier, InvitationVerifier, UsageRecorder],
      (configuration, bulkheads, proxies, adapterHost, oauth1, invitations, usage) => {
        const bearer = bearerVerification(configuration, bulkheads, invitations)
        const addressOf = requestAddressOf(configuration, proxies)
        return new CredentialGuard({ adapterHost, oauth1, bearer, addressOf, usage })
      },
    ),
  ],
  exports: [AppKeyMacs, DeploymentMacKeys],
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
