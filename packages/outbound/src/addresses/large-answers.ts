import { Rest } from '@mtls-gateway/event-loop'

/** Names that are not made to be a burden have fewer addresses. */
const usualAddresses = 64
/** What c-ares and Node take of the event loop for one address, in milliseconds. */
const msAnAddress = 0.006
/** As long as an account may have to rest and yet ask for another name. */
const debtMs = 250

/**
 * Which accounts have to rest from look-ups. Nobody can interrupt the reading of an answer, or know how large it will
 * be: one with 4,090 addresses takes 25 ms. So its account asks for no new name until it has rested, as long as after a
 * handshake that took as much.
 */
export class LargeAnswers {
  readonly #rests = new Map<string, Rest>()

  mustRest(owner: string): boolean {
    return (this.#rests.get(owner)?.chargedMs ?? 0) > debtMs
  }

  /** @returns what the answer took beyond a usual one, in milliseconds */
  note(owner: string, addresses: number): number {
    const workMs = (addresses - usualAddresses) * msAnAddress
    if (workMs <= 0) return 0
    const rest = this.#rests.get(owner) ?? new Rest()
    rest.end(workMs, 0)
    this.#rests.set(owner, rest)
    setTimeout(() => this.#forget(owner), rest.chargedMs + 1).unref()
    return workMs
  }

  #forget(owner: string): void {
    if (this.#rests.get(owner)?.chargedMs === 0) this.#rests.delete(owner)
  }
}
