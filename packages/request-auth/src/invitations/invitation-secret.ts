import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { AccountId, RecordId } from '@mtls-gateway/domain'
import type { MaybePromise } from '@mtls-gateway/event-loop'
import type { MacKey } from '../oauth1/app-key-mac.ts'
import type { AppKeyMacs } from '../oauth1/app-key-macs.ts'
import { HmacKey } from '../oauth1/hmac-key.ts'

/**
 * What a secret is for: a code redeems an invitation, once; a token is what redeeming hands out; a handover shows a
 * certificate to the owner of a target.
 */
export type InvitationSecretKind = 'code' | 'token' | 'handover'

/** An account and one of its invitations or handovers. */
export interface InvitationName {
  readonly accountId: AccountId
  readonly id: RecordId
}

const prefixes: Readonly<Record<InvitationSecretKind, string>> = {
  code: 'mtlsinvite_',
  token: 'mtlsi_',
  handover: 'mtlshandover_',
}

/** No issuer's token begins like it. */
export function isInvitationToken(text: string): boolean {
  return text.startsWith(prefixes.token)
}

// base64url of 48 bytes: the number of the MAC key, 32 random bytes, then the MAC.
const randomLength = 32
const namedLength = 44
const macBytes = 15
const shape = /^(mtlsinvite_|mtlsi_|mtlshandover_)([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{64})$/

/**
 * `{prefix}{account}.{id}.{secret}`. The secret has a MAC, so that whoever has none is refused before any look-up:
 * anybody may redeem.
 */
export function newInvitationSecret(
  kind: InvitationSecretKind,
  { accountId, id }: InvitationName,
  { number, key }: MacKey,
): string {
  const named = Buffer.concat([Buffer.of(number), randomBytes(randomLength)]).toString('base64url')
  const start = `${prefixes[kind]}${accountId}.${id}.${named}`
  return start + macOf(start, new HmacKey(Buffer.from(key))).toString('base64url')
}

/** Undefined if it is of another kind, or can't be one of ours. */
export function parseInvitationSecret(kind: InvitationSecretKind, text: string): InvitationName | undefined {
  const [, prefix, accountId, id] = shape.exec(text) ?? []
  if (prefix !== prefixes[kind] || accountId === undefined || id === undefined) return undefined
  // Their shapes are those of the pattern.
  return { accountId: accountId as AccountId, id: id as RecordId }
}

/**
 * Whether the gateway has made it. What it belongs to may be gone by now.
 * @param text that {@link parseInvitationSecret} knows
 */
export function hasRightMac(text: string, macs: AppKeyMacs): MaybePromise<boolean> {
  const at = text.lastIndexOf('.') + 1
  const number = Buffer.from(text.slice(at, at + 4), 'base64url').readUInt8()
  const presented = Buffer.from(text.slice(at + namedLength), 'base64url')
  return macs.check(number, (key) => timingSafeEqual(presented, macOf(text.slice(0, at + namedLength), key)))
}

function macOf(start: string, key: HmacKey): Buffer {
  return Buffer.from(key.sign('sha256', start), 'base64').subarray(0, macBytes)
}
