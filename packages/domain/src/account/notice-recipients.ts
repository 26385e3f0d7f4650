import { CodedError } from '../errors/coded-error.ts'
import type { RecordId } from '../identifiers/ids.ts'
import { isDomainName, parseTargetUrl } from '../mappings/target-url.ts'
import type { NoticeChannelName, NoticeEventType } from './notice-words.ts'

/** Somebody who is told what happens in an account: people by mail or chat, or a program. */
export interface NoticeRecipient {
  readonly id: RecordId
  readonly channel: NoticeChannelName
  /** A mail address. Of a url only what answers may show: its path may have a token. */
  readonly to: string
  /** The record with the whole url, of all channels but mail. */
  readonly urlId?: RecordId
  /** The record with the secret that messages are signed with, of a webhook. */
  readonly secretId?: RecordId
  readonly events: readonly NoticeEventType[]
  /** Shares of a certificate's lifetime that are left when it is told of it, largest first. */
  readonly shares: readonly number[]
  /** The last facts that it was told, or is being told, but for those that certificates keep themselves. */
  readonly facts?: readonly ToldFact[]
}

export interface ToldFact {
  /** What the fact is known by, whoever tells of it. */
  readonly id: string
  /** ISO 8601. Until then nobody else sends it; absent once it was sent. */
  readonly claimedUntil?: string
}

const localPart = /^[A-Za-z0-9_+'=&~][A-Za-z0-9_+'=&~.-]*$/
const maxAddressLength = 254
const maxLocalLength = 64

/**
 * One address, without a name, quotes, comments or a list: `ops@bank.example`.
 * @throws CodedError `MAIL_ADDRESS_INVALID`
 */
export function checkMailAddress(text: string): string {
  const at = text.lastIndexOf('@')
  const [local, host] = [text.slice(0, Math.max(at, 0)), text.slice(at + 1).toLowerCase()]
  const isLocal =
    local.length <= maxLocalLength && localPart.test(local) && !local.includes('..') && !local.endsWith('.')
  if (at > 0 && text.length <= maxAddressLength && isLocal && isDomainName(host) && !host.endsWith('.')) return text
  throw new CodedError(
    'MAIL_ADDRESS_INVALID',
    'This is not one mail address. Write it alone, as ops@bank.example: no name, no quotes, no list.',
  )
}

const hidden = '/...'

/**
 * What answers and logs may show of a url to which messages are sent: where it is, and nothing of its path.
 * @throws CodedError `TARGET_URL_NOT_HTTPS`, `TARGET_URL_NOT_CANONICAL`, `LIMIT_EXCEEDED`
 */
export function shownUrl(url: string): string {
  const { hostname, port } = parseTargetUrl(url)
  return `https://${hostname}${port === 443 ? '' : `:${port}`}${hidden}`
}

/** Whether it is what answers show in place of a url, and no url. */
export function isShownUrl(text: string): boolean {
  return text.endsWith(hidden)
}
