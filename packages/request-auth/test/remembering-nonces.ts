import type { NonceClaim, NonceStore, NonceVerdict } from '@mtls-gateway/coordination'

/** A nonce store in memory that keeps every claim, so that a test can see which requests got this far. */
export class RememberingNonces implements NonceStore {
  readonly claims: NonceClaim[] = []

  claim(claim: NonceClaim): NonceVerdict {
    const replayed = this.claims.some(({ appKey, nonce }) => appKey === claim.appKey && nonce === claim.nonce)
    this.claims.push(claim)
    return replayed ? 'replayed' : 'fresh'
  }
}
