import { randomUUID } from 'node:crypto'
import { type AccountId, parseAccountId, parseRecordId, type RecordId } from '@mtls-gateway/domain'

/** An account that no other test has, so that tests can share a server. */
export function randomAccount(): AccountId {
  return parseAccountId(`t-${randomUUID()}`)
}

export function randomRecord(): RecordId {
  return parseRecordId(randomUUID())
}
