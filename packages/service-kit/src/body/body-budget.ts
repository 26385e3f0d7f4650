import { CodedError } from '@mtls-gateway/domain'

/** Bounds the bytes of bodies that are read at once, for one account and for all, so that none can fill the memory. */
export class BodyBudget {
  readonly #maxBytes: number
  readonly #maxBytesOfAll: number
  readonly #inUse = new Map<string, number>()
  #inUseOfAll = 0

  /** `maxBytes` is for each account. */
  constructor(maxBytes: number, maxBytesOfAll = Number.POSITIVE_INFINITY) {
    this.#maxBytes = maxBytes
    this.#maxBytesOfAll = maxBytesOfAll
  }

  /** The function gives the bytes back. @throws CodedError `TOO_MANY_BODIES` */
  take(account: string, bytes: number): () => void {
    const inUse = (this.#inUse.get(account) ?? 0) + bytes
    if (inUse > this.#maxBytes) {
      throw tooMany('Too many large bodies are being read for this account. Send fewer at once.')
    }
    if (this.#inUseOfAll + bytes > this.#maxBytesOfAll) {
      throw tooMany('Too many large bodies are being read. Try again.')
    }
    this.#inUse.set(account, inUse)
    this.#inUseOfAll += bytes
    return () => this.#giveBack(account, bytes)
  }

  #giveBack(account: string, bytes: number): void {
    const left = (this.#inUse.get(account) ?? 0) - bytes
    if (left > 0) this.#inUse.set(account, left)
    else this.#inUse.delete(account)
    this.#inUseOfAll -= bytes
  }
}

function tooMany(sentence: string): CodedError {
  return new CodedError('TOO_MANY_BODIES', sentence, { retryAfterSeconds: 1 })
}
