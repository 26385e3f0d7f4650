import {
  type Account,
  type AccountId,
  type ClaimedNotice,
  claimExpiryNotices,
  dueNotice,
  markExpiryNoticesSent,
  settingsOf,
} from '@mtls-gateway/domain'
import { type AccountWriter, ownChange } from '@mtls-gateway/registry'
import type { SecretReader } from '@mtls-gateway/secret-store'
import type { Log } from '@mtls-gateway/service-kit'
import pMap from 'p-map'
import { readWebhook } from '../webhooks/webhook-endpoint.ts'
import type { WebhookSender } from '../webhooks/webhook-sender.ts'
import { expiryMessage } from './expiry-message.ts'

/** How long an instance has to send a notice before another one may. */
const claimMs = 300_000
const sentAtOnce = 4

/** Notifies an account of certificates that expire soon: at least once, and by one instance at a time. */
export class ExpiryNotifier {
  readonly #writer: AccountWriter
  readonly #store: SecretReader
  readonly #sender: WebhookSender
  readonly #log: Pick<Log, 'warn'>

  constructor(writer: AccountWriter, store: SecretReader, sender: WebhookSender, log: Pick<Log, 'warn'>) {
    this.#writer = writer
    this.#store = store
    this.#sender = sender
    this.#log = log
  }

  /** Whether the account wants notices and one is due. */
  isDue(account: Account): boolean {
    const now = Date.now()
    return (
      settingsOf(account).webhook !== undefined &&
      account.certificates.some((each) => dueNotice(each, now) !== undefined)
    )
  }

  /** @throws CodedError of the store. A notice that could not be delivered is logged, and due again in 5 minutes. */
  async notify(account: Account, signal: AbortSignal): Promise<void> {
    const { accountId } = account
    const now = Date.now()
    const context = ownChange(now)
    const until = new Date(now + claimMs).toISOString()
    const claim = claimExpiryNotices(context, until)
    const { result: claimed, account: present } = await this.#writer.change(accountId, context.changeId, claim)
    const sent = await this.#send(present, claimed, signal)
    if (sent.length === 0) return
    const done = ownChange(Date.now())
    await this.#writer.change(accountId, done.changeId, markExpiryNoticesSent(done, sent))
  }

  async #send(
    account: Account,
    claimed: readonly ClaimedNotice[],
    signal: AbortSignal,
  ): Promise<readonly ClaimedNotice[]> {
    const { accountId, mappings } = account
    const endpoint = await readWebhook(this.#store, account)
    if (!endpoint) return []
    const mappingsOf = Map.groupBy(mappings, ({ certificateId }) => certificateId)
    const attempts = await pMap(
      claimed,
      async (notice) => {
        const users = mappingsOf.get(notice.certificate.id)?.length ?? 0
        const message = expiryMessage(accountId, notice, users, Date.now())
        try {
          await this.#sender.send(endpoint, message, signal)
          return { notice }
        } catch (error) {
          return { error }
        }
      },
      { concurrency: sentAtOnce },
    )
    const [failed] = attempts.filter((attempt) => 'error' in attempt)
    const sent = attempts.flatMap((attempt) => ('notice' in attempt ? [attempt.notice] : []))
    if (failed) this.#warn(accountId, attempts.length - sent.length, failed.error)
    return sent
  }

  /** Once per account, which may have many certificates. */
  #warn(account: AccountId, count: number, error: unknown): void {
    const fields = { event: 'expiry-notice-failed', account, count, err: error }
    this.#log.warn(fields, 'notices of expiry were not delivered')
  }
}
