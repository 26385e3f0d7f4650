import {
  type Account,
  type AccountId,
  type ClaimedDays,
  type ClaimedNotice,
  claimExpiryNotices,
  dueNotice,
  dueShares,
  firstToEnd,
  markExpiryNoticesSent,
  presentedVersion,
  recipientsOf,
  settingsOf,
} from '@mtls-gateway/domain'
import { type AccountWriter, ownChange } from '@mtls-gateway/registry'
import type { SecretReader } from '@mtls-gateway/secret-store'
import type { Log } from '@mtls-gateway/service-kit'
import pMap from 'p-map'
import { claimMs, type Notices } from '../notices/notices.ts'
import { readWebhook } from '../webhooks/webhook-endpoint.ts'
import type { WebhookSender } from '../webhooks/webhook-sender.ts'
import { expiryEvent, expiryMessage } from './expiry-message.ts'

const sentAtOnce = 4

export interface ExpiryNotifierParts {
  readonly writer: AccountWriter
  readonly store: SecretReader
  readonly sender: WebhookSender
  readonly notices: Notices
  readonly log: Pick<Log, 'warn'>
}

/** Notifies an account of certificates that expire soon: at least once, and by one instance at a time. */
export class ExpiryNotifier {
  readonly #parts: ExpiryNotifierParts

  constructor(parts: ExpiryNotifierParts) {
    this.#parts = parts
  }

  /** Whether the account wants notices and one is due. */
  isDue(account: Account): boolean {
    const now = Date.now()
    const recipients = recipientsOf(account)
    const hasWebhook = settingsOf(account).webhook !== undefined
    if (!hasWebhook && recipients.length === 0) return false
    return account.certificates.some(
      (each) => (hasWebhook && dueNotice(each, now) !== undefined) || dueShares(each, recipients, now).length > 0,
    )
  }

  /** @throws CodedError of the store. A notice that could not be delivered is logged, and due again in 5 minutes. */
  async notify(account: Account, signal: AbortSignal): Promise<void> {
    const { writer } = this.#parts
    const { accountId } = account
    const now = Date.now()
    const context = ownChange(now)
    const until = new Date(now + claimMs).toISOString()
    const claim = claimExpiryNotices(context, until)
    const { result: claimed, account: present } = await writer.change(accountId, context.changeId, claim)
    const sent = await this.#send(present, claimed, signal)
    if (sent.length === 0) return
    const done = ownChange(Date.now())
    await writer.change(accountId, done.changeId, markExpiryNoticesSent(done, sent))
  }

  /** To the webhook and to each recipient at once: one that is silent keeps no other waiting. */
  async #send(
    account: Account,
    claimed: readonly ClaimedNotice[],
    signal: AbortSignal,
  ): Promise<readonly ClaimedNotice[]> {
    const { accountId, mappings } = account
    const mappingsOf = Map.groupBy(mappings, ({ certificateId }) => certificateId)
    const signedWith = Map.groupBy(mappings, ({ messageSignature }) => messageSignature?.certificateId)
    const users = ({ certificate }: ClaimedNotice) => {
      const own = mappingsOf.get(certificate.id) ?? []
      const ending = firstToEnd(certificate)?.versionId
      const presenting = own.filter((mapping) => presentedVersion(mapping, certificate)?.versionId === ending)
      const signed = certificate.current?.versionId === ending ? (signedWith.get(certificate.id) ?? []) : []
      return new Set([...presenting, ...signed]).size
    }
    const days = claimed.filter((notice) => notice.recipient === undefined)
    const shares = claimed.filter((notice) => notice.recipient !== undefined)
    const byRecipient = Map.groupBy(shares, ({ recipient }) => recipient)
    const sent = await Promise.all([
      this.#sendToWebhook(account, days, users, signal),
      ...[...byRecipient].map(async ([recipient, own]) => {
        const byEvent = new Map(
          own.map((notice) => [expiryEvent(accountId, notice, users(notice), Date.now()), notice]),
        )
        const taken = await this.#parts.notices.deliver(accountId, recipient, [...byEvent.keys()], signal)
        return taken.flatMap((event) => byEvent.get(event) ?? [])
      }),
    ])
    return sent.flat()
  }

  async #sendToWebhook(
    account: Account,
    claimed: readonly ClaimedDays[],
    users: (notice: ClaimedNotice) => number,
    signal: AbortSignal,
  ): Promise<readonly ClaimedNotice[]> {
    const { store, sender } = this.#parts
    const { accountId } = account
    const endpoint = claimed.length === 0 ? undefined : await readWebhook(store, account)
    if (!endpoint) return []
    const attempts = await pMap(
      claimed,
      async (notice) => {
        const message = expiryMessage(accountId, notice, users(notice), Date.now())
        try {
          await sender.send(endpoint, message, signal)
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
    this.#parts.log.warn(fields, 'notices of expiry were not delivered')
  }
}
