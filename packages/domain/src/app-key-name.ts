import type { AccountId, RecordId } from './ids.ts'
import { parseAccountId, parseRecordId } from './ids.ts'

/** An OAuth 1.0a consumer key, `{accountId}.{id}`: opaque to clients. */
export function formatAppKey(accountId: AccountId, id: RecordId): string {
  return `${accountId}.${id}`
}

/** Undefined if it can't be one of ours. */
export function parseAppKey(text: string): { readonly accountId: AccountId; readonly id: RecordId } | undefined {
  const [, accountId, id] = /^([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]{1,64})$/.exec(text) ?? []
  if (accountId === undefined || id === undefined) return undefined
  return { accountId: parseAccountId(accountId), id: parseRecordId(id) }
}
