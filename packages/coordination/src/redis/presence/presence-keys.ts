/** The keys of all announcements, in one slot of a cluster. */
export class PresenceKeys {
  /** The millisecond since which instances announce themselves here. */
  readonly epoch: string
  /** A sorted set of the instances by the millisecond until which they are live. */
  readonly list: string
  readonly #prefix: string

  constructor(keyPrefix: string) {
    this.#prefix = `${keyPrefix}{presence}:`
    this.epoch = `${this.#prefix}epoch`
    this.list = `${this.#prefix}live`
  }

  /** A hash: the identity and token of the instance, the revision of each account. */
  announcement(instance: string): string {
    return `${this.#prefix}of:${instance}`
  }

  /** What becomes the announcement when it is complete. */
  draft(instance: string): string {
    return `${this.#prefix}draft:${instance}`
  }
}
