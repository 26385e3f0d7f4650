import { randomBytes } from 'node:crypto'
import { parseRecordId, type RecordId } from '@mtls-gateway/domain'

/**
 * Nearly 128 random bits: the id of something written once. Never begins with a hyphen, as commands take some
 * as an argument and would read an option.
 */
export function newRecordId(): RecordId {
  const id = randomBytes(16).toString('base64url')
  return id.startsWith('-') ? newRecordId() : parseRecordId(id)
}
