import type { AccountId, RecordId } from '../identifiers/ids.ts'

/** The two parts of an app key. */
export interface AppKeyName {
  readonly accountId: AccountId
  readonly id: RecordId
}

const shape = /^([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]{1,64})$/

/** An OAuth 1.0a consumer key, `{accountId}.{id}`: opaque to clients. */
export function formatAppKey(accountId: AccountId, id: RecordId): string {
  return `${accountId}.${id}`
}

/** Undefined if it can't be one of ours. */
export function parseAppKey(text: string): AppKeyName | undefined {
  const [, accountId, id] = shape.exec(text) ?? []
  if (accountId === undefined || id === undefined) return undefined
  // Their shapes are those of the pattern.
  return { accountId: accountId as AccountId, id: id as RecordId }
}
