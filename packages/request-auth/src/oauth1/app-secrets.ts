import { randomBytes, timingSafeEqual } from 'node:crypto'
import { CodedError, parseAppKey, type RefusalReason } from '@mtls-gateway/domain'
import { andThen, type MaybePromise } from '@mtls-gateway/event-loop'
import type { Principal } from '../principal.ts'
import type { AppKeySource } from './app-key.ts'
import type { HmacKey } from './hmac-key.ts'
import { signingKey } from './signature.ts'

/** An app key and its secret as they are, from a client that can't sign with them. */
export interface AppKeyPair {
  readonly appKey: string
  readonly secret: string
}

export interface AppSecretsOptions {
  readonly appKeys: AppKeySource
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

const basic = /^basic[ \t]+([A-Za-z0-9+/]+={0,2})[ \t]*$/i

/** The user and password of Basic credentials (RFC 7617); undefined: it has none. */
export function parseBasic(authorization: string): AppKeyPair | undefined {
  const [, encoded] = basic.exec(authorization) ?? []
  if (encoded === undefined) return undefined
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon === -1 ? undefined : { appKey: text.slice(0, colon), secret: text.slice(colon + 1) }
}

/**
 * Verifies app keys by their secrets. Only the signing key of a secret is held, so what both keys sign is compared. A
 * key that does not exist takes as long as a wrong secret.
 */
export class AppSecrets {
  readonly #appKeys: AppKeySource
  readonly #clock: () => number
  readonly #dummyKey = signingKey(randomBytes(32).toString('base64url'))
  readonly #signed = randomBytes(32).toString('base64url')

  constructor({ appKeys, clock }: AppSecretsOptions) {
    this.#appKeys = appKeys
    this.#clock = clock
  }

  /**
   * Returns without a promise if the key is held.
   * @throws CodedError `OAUTH_CREDENTIALS_INVALID`, and whatever the app key source rejects with
   */
  verify({ appKey, secret }: AppKeyPair): MaybePromise<Principal> {
    const name = parseAppKey(appKey)
    return andThen(name && this.#appKeys.find(name), (found) => {
      const isKnown = found !== undefined && found !== 'revoked'
      const isRight = this.#isSame(signingKey(secret), isKnown ? found.signingKey : this.#dummyKey)
      if (!isKnown) throw refused(found ?? (name === undefined ? 'malformed' : 'unknown'))
      if (!isRight) throw refused('wrong')
      if (!('confirm' in found)) return this.#usable(found.principal)
      return found.confirm().then((confirmed) => this.#usable(confirmed?.principal))
    })
  }

  #usable(principal: Principal | undefined): Principal {
    if (principal === undefined) throw refused('revoked')
    if (this.#clock() >= principal.expiresAtMs) throw refused('expired')
    return principal
  }

  #isSame(one: HmacKey, other: HmacKey): boolean {
    const [left, right] = [one, other].map((key) => Buffer.from(key.sign('sha256', this.#signed)))
    return left !== undefined && right !== undefined && timingSafeEqual(left, right)
  }
}

const reasons = {
  malformed: 'key-malformed',
  unknown: 'key-unknown',
  revoked: 'key-revoked',
  expired: 'key-expired',
  wrong: 'secret-wrong',
} as const satisfies Readonly<Record<string, RefusalReason>>

/** The same answer for all of them, so that it reveals no keys. */
function refused(fault: keyof typeof reasons): CodedError {
  return new CodedError(
    'OAUTH_CREDENTIALS_INVALID',
    'The app key is not known or its secret is not right. Check both: the user of Basic is the app key, the password its secret.',
    { refusal: { reason: reasons[fault] } },
  )
}
