import { createHash } from 'node:crypto'
import { type AccountId, type NoticeEventType, type NoticeFact, readableTime } from '@mtls-gateway/domain'

/** What recipients are told: a fact, with what a program and what a person needs to know of it. */
export interface NoticeEvent extends NoticeFact {
  readonly accountId: AccountId
  /** For programs, without any secret. */
  readonly data: object
  /** For people: a sentence or two, with names in {@link quoted}. */
  readonly sentence: string
}

/** The type of a message that is sent to try out a recipient. */
export type MessageType = NoticeEventType | 'test'

export interface CertificateEnd {
  readonly id: number
  readonly name: string
  readonly expirationDate: string
  readonly daysLeft: number
  readonly mappings: number
}

/** The same for whoever tells of the same thing. */
export function factId(...parts: readonly (string | number)[]): string {
  return createHash('sha256').update(parts.join(' ')).digest('base64url').slice(0, 22)
}

/** What mail readers or chats could take for anything but text: what ends lines or turns their direction round. */
const unprintable = /[\p{Cc}\p{Cf}\u2028\u2029]/gu

/** A name as people gave it: it stays on its line, and in code, where chats see no mentions, links or markup in it. */
export function quoted(name: string): string {
  return `\`${name.replaceAll(unprintable, '\u{fffd}').replaceAll('`', "'")}\``
}

export function endSentence({ id, name, expirationDate, daysLeft, mappings }: CertificateEnd): string {
  const which = `The certificate ${quoted(name)} (${id})`
  const presented = mappings === 1 ? '1 mapping presents it.' : `${mappings} mappings present it.`
  const used = mappings === 0 ? 'No mapping presents it.' : presented
  if (daysLeft <= 0) return `${which} expired on ${readableTime(expirationDate)}. ${used}`
  return `${which} expires on ${readableTime(expirationDate)}, in ${daysLeft} ${daysLeft === 1 ? 'day' : 'days'}. ${used}`
}

/** The first line, made of nothing that anybody may choose but the account's id, which is a word. */
export function headline(accountId: AccountId, types: readonly MessageType[]): string {
  const [first = 'test'] = types
  const count = types.length
  const what = new Set(types).size > 1 ? `${count} events` : headlines[first](count)
  return `mTLS gateway, account ${accountId}: ${what}`
}

const certificates = (count: number) => (count === 1 ? '1 certificate' : `${count} certificates`)
const plans = (count: number) => (count === 1 ? '1 renewal' : `${count} renewals`)
const headlines: Readonly<Record<MessageType, (count: number) => string>> = {
  'certificate.expiring': (count) => `${certificates(count)} will expire soon`,
  'certificate.expired': (count) => `${certificates(count)} expired`,
  'certificate.revoked': (count) => `${certificates(count)} revoked`,
  'plan.waiting': (count) => `${plans(count)} waiting for a person`,
  'plan.failed': (count) => `${plans(count)} failed`,
  'mapping.rolled-back': (count) => (count === 1 ? '1 mapping rolled back' : `${count} mappings rolled back`),
  'approval.requested': (count) => `${count === 1 ? '1 change waits' : `${count} changes wait`} for approval`,
  'approval.overridden': (count) => `${count === 1 ? '1 change' : `${count} changes`} approved in an emergency`,
  test: () => 'this is a test',
}

const maxSentences = 20

/** What people read: one message, however many events there are at once. */
export function messageText(events: readonly NoticeEvent[]): readonly string[] {
  const left = events.length - maxSentences
  return [...events.slice(0, maxSentences).map(({ sentence }) => sentence), ...(left > 0 ? [`And ${left} more.`] : [])]
}

/** Beyond so many of a type, one message with their number: recipients remember a hundred facts. */
const mostOfAType = 30

const plural: Readonly<Partial<Record<NoticeEventType, string>>> = {
  'certificate.revoked': 'certificates in use were revoked by their issuers',
  'plan.waiting': 'renewals wait for a person',
  'plan.failed': 'renewals fail',
  'mapping.rolled-back': 'mappings were rolled back',
  'approval.requested': 'changes wait for approval',
  'approval.overridden': 'changes were approved in an emergency',
}

/** What holds in an account. Its event is made only where it is told by itself. */
export interface HeldFact {
  readonly type: NoticeEventType
  /** ISO 8601, a time or a day. Where there are many, they are told again when a newer one comes. */
  readonly since: string
  readonly event: () => NoticeEvent
}

/**
 * What is told of an account, with one event in the place of many of a type: told again when newer ones come, and each
 * time that their number has doubled.
 */
export function manyAsOne(accountId: AccountId, facts: readonly HeldFact[]): readonly NoticeEvent[] {
  return [...Map.groupBy(facts, ({ type }) => type)].flatMap(([type, same]) => {
    const count = same.length
    if (count <= mostOfAType) return same.map(({ event }) => event())
    const newest =
      same
        .map(({ since }) => since)
        .toSorted()
        .at(-1) ?? ''
    const id = factId(accountId, type, 'many', Math.floor(Math.log2(count)), newest)
    return [{ type, id, accountId, data: { accountId, count }, sentence: `${count} ${plural[type]}.` }]
  })
}
