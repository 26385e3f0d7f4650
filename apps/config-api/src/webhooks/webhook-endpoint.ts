import { type Account, type AccountId, settingsOf } from '@mtls-gateway/domain'
import { readRecord } from '@mtls-gateway/registry'
import type { SecretReader } from '@mtls-gateway/secret-store'

export interface WebhookEndpoint {
  readonly accountId: AccountId
  readonly url: string
  /** `whsec_` and base64; undefined: its messages are not signed, as those of chats. */
  readonly secret: string | undefined
}

/** Undefined if the account has no webhook, or if its secret is gone: another request may have replaced it just now. */
export async function readWebhook(store: SecretReader, account: Account): Promise<WebhookEndpoint | undefined> {
  const { accountId } = account
  const { webhook } = settingsOf(account)
  const record = webhook && (await readRecord(store, 'webhook-secrets', accountId, webhook.secretId))
  return webhook && record && { accountId, url: webhook.url, secret: record.secret }
}
