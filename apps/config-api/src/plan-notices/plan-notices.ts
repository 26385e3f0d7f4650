import type { Bulkhead } from '@mtls-gateway/bulkhead'
import { type Account, type AccountId, recipientsOf } from '@mtls-gateway/domain'
import type { Log } from '@mtls-gateway/service-kit'
import { approvalEvents } from '../approvals/approval-events.ts'
import type { Notices } from '../notices/notices.ts'
import { planEvents } from './plan-events.ts'

export interface PlanNoticesParts {
  readonly notices: Pick<Notices, 'isDue' | 'notify'>
  /** `webhook-deliveries` */
  readonly deliveries: Bulkhead
  readonly log: Pick<Log, 'warn'>
}

const deadlineMs = 60_000

/**
 * Tells recipients of renewals that wait or fail, of mappings that went back, and of changes that wait for approval. It
 * looks at each account that is read
 * or changed here, so the hourly listing repeats what could not be delivered.
 */
export class PlanNotices {
  readonly #parts: PlanNoticesParts
  readonly #stopping = new AbortController()
  readonly #delivering = new Map<AccountId, Promise<void>>()

  constructor(parts: PlanNoticesParts) {
    this.#parts = parts
  }

  /** Takes note of an account as it is. Costs nothing where nobody wants to be told. */
  see(account: Account): void {
    const { accountId } = account
    if (this.#delivering.has(accountId) || this.#stopping.signal.aborted) return
    if (recipientsOf(account).length === 0) return
    const now = Date.now()
    // All facts of an account that hold are told of in one call.
    const events = [...planEvents(account, now), ...approvalEvents(account, now)]
    const { notices, deliveries, log } = this.#parts
    if (events.length === 0 || !notices.isDue(account, events)) return
    const ends = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(deadlineMs)])
    const delivery = deliveries
      .run(accountId, () => notices.notify(account, events, ends))
      .catch((error: unknown) => {
        log.warn({ event: 'plan-notice-failed', account: accountId, err: error }, 'notices of renewals were not sent')
      })
      .finally(() => this.#delivering.delete(accountId))
    this.#delivering.set(accountId, delivery)
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.all(this.#delivering.values())
  }
}
