import type { Account } from '@mtls-gateway/domain'
import { StoreError } from '@mtls-gateway/secret-store'

/** The lists of an account. */
export const lists = ['certificates', 'mappings', 'appKeys', 'changes'] as const
export type ListName = (typeof lists)[number]
export type Records = Readonly<Record<ListName, readonly object[]>>

/** @throws StoreError `damaged` if this is not the outline of an account: its fields are taken as they were written */
export function toAccount(value: unknown): Account {
  if (!isObject(value)) throw damaged('there is no account in it')
  const complete = lists.every((name) => Array.isArray(value[name]) && value[name].every(isObject))
  if (!complete) throw damaged('it lacks a field')
  return withRecords(value, value as Records)
}

/**
 * As {@link toAccount}, for an outline and its lists, whose records are objects already.
 * @throws StoreError `damaged`
 */
export function withRecords(value: Record<string, unknown>, records: Records): Account {
  const { accountId, revision } = value
  if (typeof accountId !== 'string' || !Number.isSafeInteger(revision) || Number(revision) <= 0) {
    throw damaged('it lacks a field')
  }
  // Nobody but this package writes these documents, and the store authenticates them: the outline is enough.
  return { ...value, ...records } as unknown as Account
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** @throws StoreError `damaged` if the line is no JSON object */
export function parseObject(line: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    // The parser's own message quotes what it read.
    throw damaged('a record is not JSON')
  }
  if (!isObject(value)) throw damaged('a record is not an object')
  return value
}

export function damaged(what: string, cause?: unknown): StoreError {
  return new StoreError('damaged', `the account document is damaged: ${what}`, { cause })
}
