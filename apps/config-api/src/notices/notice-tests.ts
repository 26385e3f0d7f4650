import type { Bulkhead } from '@mtls-gateway/bulkhead'
import type { WebhookTest } from '@mtls-gateway/contract'
import {
  type AccountId,
  CodedError,
  type CommandContext,
  type NoticeRecipient,
  recipientsOf,
} from '@mtls-gateway/domain'
import type { AccountWriter } from '@mtls-gateway/registry'
import type { SecretReader } from '@mtls-gateway/secret-store'
import type { Log } from '@mtls-gateway/service-kit'
import { noNotices } from '../webhooks/webhook-tests.ts'
import { type NoticeChannels, readAddress } from './notices.ts'

export interface NoticeTestsParts {
  readonly writer: AccountWriter
  readonly store: SecretReader
  readonly channels: NoticeChannels
  /** The pool that notices share. */
  readonly deliveries: Bulkhead
  /** `notice-tests`: a tenant chooses to whom they go. */
  readonly tests: Bulkhead
  /** Whether this deployment looks for what it tells, or only sends tests. */
  readonly sendsNotices: boolean
  readonly log: Pick<Log, 'info'>
}

/** Sends a test to one recipient of notices. The account does not change; the log says who asked. */
export class NoticeTests {
  readonly #parts: NoticeTestsParts

  constructor(parts: NoticeTestsParts) {
    this.#parts = parts
  }

  /**
   * @throws CodedError `NOTICE_NOT_FOUND`, `MAIL_NOT_CONFIGURED`, `RATE_LIMITED`, `TOO_MANY_CALLS`,
   *   `STORE_UNAVAILABLE`
   */
  async run(
    accountId: AccountId,
    noticeId: string,
    requester: Pick<CommandContext, 'actor' | 'address'>,
  ): Promise<WebhookTest> {
    const { deliveries, tests } = this.#parts
    // Somebody is waiting for the answer, so a test does not queue behind notices.
    const permit = deliveries.acquireNow(accountId)
    try {
      const account = await this.#parts.writer.readInTurn(accountId)
      const recipient = recipientsOf(account).find(({ id }) => id === noticeId)
      if (!recipient) throw noticeNotFound()
      return await tests.run(accountId, () => this.#test(accountId, recipient, requester))
    } finally {
      permit.release()
    }
  }

  async #test(
    accountId: AccountId,
    recipient: NoticeRecipient,
    { actor, address }: Pick<CommandContext, 'actor' | 'address'>,
  ): Promise<WebhookTest> {
    const { channels, store, sendsNotices, log } = this.#parts
    const { id, channel, to } = recipient
    const target = await readAddress(store, accountId, recipient)
    if (!target) throw noticeNotFound()
    const startedAt = performance.now()
    const { explanation, ...outcome } = await channels[channel].test(target)
    const ms = Math.round(performance.now() - startedAt)
    const fields = { account: accountId, actor, address, recipient: id, channel, to, ...outcome, ms }
    log.info({ event: 'notice-tested', ...fields })
    return { ...outcome, explanation: explanation + (outcome.delivered && !sendsNotices ? noNotices : ''), ms }
  }
}

function noticeNotFound(): CodedError {
  return new CodedError('NOTICE_NOT_FOUND', 'The account has no such notice. Look at its settings for those it has.')
}
