import { createLocalJWKSet, createRemoteJWKSet, customFetch, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'
import { askIssuer } from './issuer-exchange.ts'

/** Finds the public key that a token names. */
export type TokenKeys = JWTVerifyGetKey

export interface RemoteTokenKeysOptions {
  /** In milliseconds; 5 s by default. */
  readonly timeoutMs?: number
  /** How old the key set must be before an unknown key id refreshes it, in milliseconds; default 30 s. */
  readonly cooldownMs?: number
}

/** The keys at a JWKS url: kept for 10 minutes, and refreshed earlier if a token names an unknown key. */
export function remoteTokenKeys(
  url: URL,
  { timeoutMs = 5_000, cooldownMs = 30_000 }: RemoteTokenKeysOptions = {},
): TokenKeys {
  return createRemoteJWKSet(url, {
    cooldownDuration: cooldownMs,
    // jose's own fetch accepts an answer of any size.
    [customFetch]: async () => new Response(await askIssuer({ url, timeoutMs })),
  })
}

/** Keys that need not be fetched. */
export function localTokenKeys(jwks: JSONWebKeySet): TokenKeys {
  return createLocalJWKSet(jwks)
}
