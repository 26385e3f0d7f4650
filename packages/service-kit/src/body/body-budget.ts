import { CodedError } from '@mtls-gateway/domain'

/** Bounds the bytes of bodies that are read at once for one account, so that none can fill the memory. */
export class BodyBudget {
  readonly #maxBytes: number
  readonly #inUse = new Map<string, number>()

  /** `maxBytes` is for each account. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** The function gives the bytes back. @throws CodedError `TOO_MANY_BODIES` */
  take(account: string, bytes: number): () => void {
    const inUse = (this.#inUse.get(account) ?? 0) + bytes
    if (inUse > this.#maxBytes) {
      throw new CodedError(
        'TOO_MANY_BODIES',
        'Too many large bodies are being read for this account. Send fewer at once.',
        {
          retryAfterSeconds: 1,
        },
      )
    }
    this.#inUse.set(account, inUse)
    return () => this.#giveBack(account, bytes)
  }

  #giveBack(account: string, bytes: number): void {
    const left = (this.#inUse.get(account) ?? 0) - bytes
    if (left > 0) this.#inUse.set(account, left)
    else this.#inUse.delete(account)
  }
}
