import { randomBytes, timingSafeEqual } from 'node:crypto'
import { type AccountId, type AppKeyName, parseRecordId, type RecordId } from '@mtls-gateway/domain'
import { HmacKey } from './hmac-key.ts'

/** A key of the deployment that shows which app keys the gateway has made. It grants nothing: calls need a secret. */
export interface MacKey {
  /** 1 to 255: each app key names the MAC key that it was made with, so that a new one can be added. */
  readonly number: number
  readonly key: Uint8Array
}

// An id is base64url of 33 bytes: the number of the MAC key, 17 random bytes, then the MAC. Both parts are multiples of
// three bytes, so that each id has only one spelling.
const randomLength = 17
const namedLength = 24
const macBytes = 15
const idLength = 44
/** 16 random bytes, as ids were before they had a MAC. */
const oldIdLength = 22

export function newAppKeyId(accountId: AccountId, { number, key }: MacKey): RecordId {
  const named = Buffer.concat([Buffer.of(number), randomBytes(randomLength)]).toString('base64url')
  return parseRecordId(named + macOf(accountId, named, new HmacKey(Buffer.from(key))).toString('base64url'))
}

/** Whether the id is long enough to have a MAC. */
export function hasMac(id: string): boolean {
  return id.length === idLength
}

/** Whether the id has the length of those from before the MAC. */
export function isOldId(id: string): boolean {
  return id.length === oldIdLength
}

/** The id must have a MAC. */
export function macKeyNumber(id: string): number {
  return Buffer.from(id.slice(0, 4), 'base64url').readUInt8()
}

/** Takes one HMAC, and the same time wherever the MACs differ. */
export function isMacRight({ accountId, id }: AppKeyName, key: HmacKey): boolean {
  const presented = Buffer.from(id.slice(namedLength), 'base64url')
  return timingSafeEqual(presented, macOf(accountId, id.slice(0, namedLength), key))
}

function macOf(accountId: AccountId, named: string, key: HmacKey): Buffer {
  return Buffer.from(key.sign('sha256', `${accountId}.${named}`), 'base64').subarray(0, macBytes)
}
