import type { Bulkhead } from '@mtls-gateway/bulkhead'
import {
  type Account,
  type AccountId,
  type ClaimedFact,
  claimFacts,
  markFactsSent,
  type NoticeRecipient,
  untoldFacts,
} from '@mtls-gateway/domain'
import { type AccountWriter, ownChange, readRecord } from '@mtls-gateway/registry'
import type { SecretReader } from '@mtls-gateway/secret-store'
import type { Log } from '@mtls-gateway/service-kit'
import type { NoticeAddress, NoticeChannel } from './notice-channel.ts'
import type { NoticeEvent } from './notice-event.ts'
import type { NoticeMetrics } from './notice-metrics.ts'

/** How long an instance has to send a notice before another one may. */
export const claimMs = 300_000

export type NoticeChannels = Readonly<Record<NoticeRecipient['channel'], NoticeChannel>>

export interface NoticesParts {
  readonly writer: AccountWriter
  readonly store: SecretReader
  readonly channels: NoticeChannels
  /** `notice-tests`: the first notice to a recipient counts as one. */
  readonly tests: Bulkhead
  readonly metrics: NoticeMetrics
  readonly log: Pick<Log, 'warn'>
}

/** Tells the recipients of an account what happened in it. */
export class Notices {
  readonly #parts: NoticesParts

  constructor(parts: NoticesParts) {
    this.#parts = parts
  }

  /** Whether anybody is to be told of one of these facts. */
  isDue(account: Account, events: readonly NoticeEvent[]): boolean {
    return untoldFacts(account, events, Date.now()).length > 0
  }

  /**
   * Tells all recipients who want it of facts of one account: once each, over restarts and instances, however often it
   * is asked. Ask again as long as a fact holds: what could not be delivered is due again in five minutes. Name all
   * facts of the account that hold in one call: of those that it does not name, the last 100 are remembered.
   *
   * The first notice to a recipient comes at the rate of tests: a tenant who names others again and again would
   * otherwise have a mail sent to each.
   *
   * Costs nothing if all of it was told. It may take a minute: run it in the pool `webhook-deliveries`.
   *
   * @throws CodedError of the store
   */
  async notify(account: Account, events: readonly NoticeEvent[], signal: AbortSignal): Promise<void> {
    if (!this.isDue(account, events)) return
    const { writer } = this.#parts
    const now = Date.now()
    const context = ownChange(now)
    const claim = claimFacts(context, events, new Date(now + claimMs).toISOString())
    const { result: claimed } = await writer.change(account.accountId, context.changeId, claim)
    const byId = new Map(events.map((event) => [event.id, event]))
    const sent = await Promise.all(
      [...Map.groupBy(claimed, ({ recipient }) => recipient)].map(async ([recipient, facts]) => {
        const own = facts.flatMap(({ fact }) => byId.get(fact.id) ?? [])
        const taken = await this.#deliverAtItsRate(account.accountId, recipient, own, signal)
        return taken.map((fact): ClaimedFact => ({ recipient, fact }))
      }),
    )
    const done = sent.flat()
    if (done.length === 0) return
    const after = ownChange(Date.now())
    await writer.change(account.accountId, after.changeId, markFactsSent(after, done))
  }

  async #deliverAtItsRate(
    accountId: AccountId,
    recipient: NoticeRecipient,
    events: readonly NoticeEvent[],
    signal: AbortSignal,
  ): Promise<readonly NoticeEvent[]> {
    const isKnown = recipient.facts?.some(({ claimedUntil }) => claimedUntil === undefined)
    if (isKnown) return this.deliver(accountId, recipient, events, signal)
    const permit = this.#parts.tests.tryAcquire(accountId)
    // It is due again when the claim is over.
    if (!permit) return []
    try {
      return await this.deliver(accountId, recipient, events, signal)
    } finally {
      permit.release()
    }
  }

  /** Sends what was claimed. Never rejects: what was not taken is logged. @returns what was taken */
  async deliver(
    accountId: AccountId,
    recipient: NoticeRecipient,
    events: readonly NoticeEvent[],
    signal: AbortSignal,
  ): Promise<readonly NoticeEvent[]> {
    const { channels, metrics, log, store } = this.#parts
    const { channel, id } = recipient
    const fields = { event: 'notice-failed', account: accountId, channel, recipient: id }
    try {
      const address = await readAddress(store, accountId, recipient)
      // Another request has replaced it just now: the next look finds the new one.
      if (!address) return []
      const taken = await channels[channel].send(address, events, signal)
      metrics.count(channel, taken.length, events.length - taken.length)
      const left = events.length - taken.length
      if (left > 0) log.warn({ ...fields, count: left }, 'some notices were not delivered')
      return taken
    } catch (error) {
      metrics.count(channel, 0, events.length)
      log.warn({ ...fields, count: events.length, err: error }, 'notices were not delivered')
      return []
    }
  }
}

/**
 * Undefined if a record is gone: another request may have replaced it just now.
 * @throws CodedError `STORE_UNAVAILABLE`, `STORE_DAMAGED`, `STORE_NEWER`
 */
export async function readAddress(
  store: SecretReader,
  accountId: AccountId,
  { to, urlId, secretId }: NoticeRecipient,
): Promise<NoticeAddress | undefined> {
  if (urlId === undefined) return { accountId, to }
  const [url, secret] = await Promise.all(
    [urlId, secretId].map((id) => id && readRecord(store, 'webhook-secrets', accountId, id)),
  )
  if (!url || (secretId !== undefined && !secret)) return undefined
  return { accountId, to: url.secret, ...(secret && { secret: secret.secret }) }
}
