import type { Bulkhead } from '@mtls-gateway/bulkhead'
import type { WebhookTest } from '@mtls-gateway/contract'
import { type AccountId, CodedError, type CommandContext, settingsOf } from '@mtls-gateway/domain'
import type { AccountWriter } from '@mtls-gateway/registry'
import type { SecretReader } from '@mtls-gateway/secret-store'
import type { Log } from '@mtls-gateway/service-kit'
import { replySentence } from './reply-sentence.ts'
import { readWebhook, type WebhookEndpoint } from './webhook-endpoint.ts'
import { testMessage } from './webhook-message.ts'
import { isDelivered, type WebhookSender } from './webhook-sender.ts'

export const noNotices =
  ' But this deployment sends no notices: its operator has to let config-api list the accounts (VAULT_GC_ROLE_ID).'

export interface WebhookTestsParts {
  readonly writer: AccountWriter
  readonly store: SecretReader
  readonly sender: WebhookSender
  /** The pool that notices of expiry share. */
  readonly deliveries: Bulkhead
  /** Whether this deployment looks for certificates that expire, or only sends tests. */
  readonly sendsNotices: boolean
  readonly log: Pick<Log, 'info'>
}

/** Sends a test message to an account's webhook. The account does not change; the log says who asked. */
export class WebhookTests {
  readonly #parts: WebhookTestsParts

  constructor(parts: WebhookTestsParts) {
    this.#parts = parts
  }

  /** @throws CodedError `WEBHOOK_NOT_FOUND`, `TOO_MANY_CALLS`, `STORE_UNAVAILABLE`, `STORE_DAMAGED` */
  async run(accountId: AccountId, requester: Pick<CommandContext, 'actor' | 'address'>): Promise<WebhookTest> {
    const { deliveries } = this.#parts
    // Somebody is waiting for the answer, so a test does not queue behind notices.
    const permit = deliveries.acquireNow(accountId)
    try {
      return await this.#test(accountId, await this.#endpoint(accountId), requester)
    } finally {
      permit.release()
    }
  }

  async #endpoint(accountId: AccountId): Promise<WebhookEndpoint> {
    const { writer, store } = this.#parts
    const account = await writer.readInTurn(accountId)
    if (!settingsOf(account).webhook) {
      throw new CodedError('WEBHOOK_NOT_FOUND', 'The account has no webhook. Set one in its settings first.')
    }
    const endpoint = await readWebhook(store, account)
    if (endpoint) return endpoint
    throw new CodedError(
      'STORE_DAMAGED',
      'The secret of the webhook is not in the store. If it was not replaced just now, give the webhook a new one.',
    )
  }

  async #test(
    account: AccountId,
    endpoint: WebhookEndpoint,
    { actor, address }: Pick<CommandContext, 'actor' | 'address'>,
  ): Promise<WebhookTest> {
    const { sender, sendsNotices, log } = this.#parts
    const { host } = new URL(endpoint.url)
    const startedAt = performance.now()
    const reply = await sender.sendOnce(endpoint, testMessage(account))
    const ms = Math.round(performance.now() - startedAt)
    const delivered = isDelivered(reply)
    const outcome =
      'status' in reply ? { status: reply.status, code: null } : { status: null, code: reply.failure.code }
    log.info({ event: 'webhook-tested', account, actor, address, host, delivered, ...outcome, ms })
    const explanation = replySentence(reply, host) + (delivered && !sendsNotices ? noNotices : '')
    return { delivered, ...outcome, explanation, ms }
  }
}
