import { randomBytes } from 'node:crypto'
import { parseRecordId, type RecordId } from '@mtls-gateway/domain'

/** 128 random bits: the id of something written once. */
export function newRecordId(): RecordId {
  return parseRecordId(randomBytes(16).toString('base64url'))
}
