/**
 * So many late replies in a row, without one in time between them, end a connection. One is a pause of the server or of
 * the network, such as the fork of a snapshot or a slow command, which a new connection would not shorten. After three
 * deadlines it is more likely that nobody will answer, and then no further request has to wait for that.
 */
export const tooManyLate = 3

/** The late replies in a row of each server behind one connection. */
export class LateReplies {
  readonly #byServer = new Map<string, { count: number; countedAt: number }>()

  get any(): boolean {
    return this.#byServer.size > 0
  }

  /**
   * Whether that is one too many. Commands that wait together are late together, and count once: what counts is sent
   * after the last one that counted.
   */
  isTooMany(server: string, sentAt: number, now: number): boolean {
    const known = this.#byServer.get(server)
    if (known !== undefined && sentAt < known.countedAt) return false
    const count = (known?.count ?? 0) + 1
    this.#byServer.set(server, { count, countedAt: now })
    return count >= tooManyLate
  }

  /** A reply in time begins a new row. */
  forget(server: string): void {
    this.#byServer.delete(server)
  }

  clear(): void {
    this.#byServer.clear()
  }
}
