import type { ReaderEvent } from '@mtls-gateway/registry'
import { type Log, Repeats } from '@mtls-gateway/service-kit'

/**
 * Writes a line `account-cache-...` for what happens to the copies of accounts. In an outage, the same happens with
 * each call and each second: of each account, there is one line at once, and then one a minute.
 */
export class ReaderEventLog {
  readonly #log: Pick<Log, 'warn'>
  readonly #repeats: Repeats

  constructor(log: Pick<Log, 'warn'>, repeats = new Repeats()) {
    this.#log = log
    this.#repeats = repeats
  }

  log({ type, ...facts }: ReaderEvent): void {
    const event = `account-cache-${type}`
    if (!('error' in facts)) return void this.#log.warn({ event, ...facts })
    const { error, ...others } = facts
    const times = this.#repeats.due(others.accountId)
    if (times !== undefined) this.#log.warn({ event, ...others, times, err: error })
  }
}
