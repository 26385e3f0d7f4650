import type { AccountId, AppKeyName, Scope } from '@mtls-gateway/domain'
import type { MaybePromise } from '@mtls-gateway/event-loop'
import type { Principal } from '../principal.ts'
import type { HmacKey } from './hmac-key.ts'
import { signingKey } from './signature.ts'

/** An app key prepared for the verifier, once, when it is loaded. */
export interface AppKeyCredential {
  readonly signingKey: HmacKey
  readonly principal: Principal
}

/** An app key whose secret is known. Its rights take another look-up, which is made only after a valid signature. */
export interface UnconfirmedAppKey {
  readonly signingKey: HmacKey
  /** Undefined if the account no longer lists the key: it was revoked. */
  confirm(): Promise<AppKeyCredential | undefined>
}

/** Where app keys come from. */
export interface AppKeySource {
  /**
   * Undefined if the gateway never made such a key, `revoked` if it did, and its account no longer lists it. An
   * invented one should be recognised by its MAC, without a look-up.
   */
  find(appKey: AppKeyName): MaybePromise<AppKeyCredential | UnconfirmedAppKey | 'revoked' | undefined>
}

export interface AppKeyFacts {
  readonly appKey: string
  readonly secret: string
  readonly accountId: AccountId
  readonly scopes: Iterable<Scope>
  /** ISO 8601 in UTC; null: it does not expire. */
  readonly expiresAt: string | null
  /** Numbers of the services that it may call as, the default first; undefined: any. */
  readonly services?: readonly string[] | undefined
}

export function prepareAppKey({
  appKey,
  secret,
  accountId,
  scopes,
  expiresAt,
  services,
}: AppKeyFacts): AppKeyCredential {
  return {
    signingKey: signingKey(secret),
    principal: {
      kind: 'oauth1',
      subject: appKey,
      accounts: new Set([accountId]),
      scopes: new Set(scopes),
      expiresAtMs: expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(expiresAt),
      services: services && new Set(services),
      defaultService: services?.[0],
    },
  }
}
