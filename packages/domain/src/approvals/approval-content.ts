import type { Account } from '../account/account.ts'
import { canonicalJson, isSame } from '../account/canonical-json.ts'
import { openHandovers } from '../account/handover.ts'
import { openInvitations } from '../account/invitation.ts'
import { type AccountSettings, settingsOf } from '../account/settings.ts'
import { caHashOf } from '../mappings/ca-records.ts'
import type { GuardedEffect } from './guarded-effects.ts'

/** A list of an account, and what its entries are known by. */
type ListName = Exclude<keyof Account, 'accountId' | 'revision' | 'changes' | 'approvals' | 'settings'>
const keys = {
  certificates: 'id',
  mappings: 'id',
  appKeys: 'id',
  trusts: 'name',
  invitations: 'id',
  handovers: 'id',
  signingKeys: 'kid',
} as const satisfies Record<ListName, string>
const lists = Object.keys(keys) as readonly ListName[]

type Entry = Readonly<Record<string, unknown>>

/** An entry of a list that is made, replaced or removed; of the settings, each field is one. */
export interface ContentElement {
  readonly list: ListName | 'settings'
  readonly id: string | number
  /** Absent: it is made. */
  readonly before?: unknown
  /** Absent: it is removed. */
  readonly after?: unknown
}

/** What a change that was asked for would change, whole: it is kept outside of the account, which has its digest. */
export interface ApprovalContent {
  /** When it was asked for, and the revision that it would have made. */
  readonly at: string
  readonly revision: number
  readonly elements: readonly ContentElement[]
  /** All that it does for which a second person is needed: approving it does nothing else. */
  readonly effects: readonly GuardedEffect[]
  /** What would have stopped at once. */
  readonly revoked: readonly string[]
}

/** A content as its record has it: one line for each element, below one for the rest. It pauses. */
export function* contentLines({ elements, ...rest }: ApprovalContent): Generator<undefined, readonly string[]> {
  const lines = [JSON.stringify(rest)]
  for (const element of elements) {
    yield
    lines.push(JSON.stringify(element))
  }
  return lines
}

/** What {@link contentLines} has made lines of. It pauses. */
export function* contentIn([first = '', ...lines]: readonly string[]): Generator<undefined, ApprovalContent> {
  const elements: ContentElement[] = []
  for (const line of lines) {
    yield
    elements.push(JSON.parse(line) as ContentElement)
  }
  return { ...(JSON.parse(first) as Omit<ApprovalContent, 'elements'>), elements }
}

/** What an account has that another one has not, or has otherwise. It pauses. @param at of the change between them */
export function* elementsBetween(
  account: Account,
  next: Account,
  at: string,
): Generator<undefined, readonly ContentElement[]> {
  const present = withoutExpired(account, at)
  const elements: ContentElement[] = []
  for (const list of lists) {
    if (present[list] !== next[list]) yield* addElements(elements, list, present[list], next[list])
  }
  return [...elements, ...ofSettings(settingsOf(account), settingsOf(next))]
}

/** Each change drops what has expired: nobody has asked for that. */
function withoutExpired(account: Account, at: string): Account {
  const { invitations, handovers } = account
  return {
    ...account,
    ...(invitations && { invitations: openInvitations(account, at) }),
    ...(handovers && { handovers: openHandovers(account, at) }),
  }
}

function* addElements(
  elements: ContentElement[],
  list: ListName,
  before: readonly object[] | undefined,
  after: readonly object[] | undefined,
): Generator<undefined, void> {
  const [present, next] = [byKey(list, before), byKey(list, after)]
  for (const [id, entry] of next) {
    const was = present.get(id)
    if (was === entry) continue
    yield
    if (!isSame(was, entry)) elements.push({ list, id, ...(was && { before: was }), after: entry })
  }
  for (const [id, was] of present) if (!next.has(id)) elements.push({ list, id, before: was })
}

function byKey(list: ListName, entries: readonly object[] = []): ReadonlyMap<string | number, Entry> {
  // Each list has its key, which is a text or a number.
  return new Map((entries as readonly Entry[]).map((entry) => [entry[keys[list]] as string | number, entry]))
}

function ofSettings(before: AccountSettings, after: AccountSettings): readonly ContentElement[] {
  const fields = new Set([...Object.keys(before), ...Object.keys(after)]) as ReadonlySet<keyof AccountSettings>
  return [...fields].flatMap((field): ContentElement[] => {
    if (isSame(before[field], after[field])) return []
    return [
      {
        list: 'settings',
        id: field,
        ...(before[field] !== undefined && { before: before[field] }),
        ...(after[field] !== undefined && { after: after[field] }),
      },
    ]
  })
}

/** What changes by itself while a request waits. It stays as it is then, unless the change was about it. */
const ownAffairs: Readonly<Record<ContentElement['list'], readonly string[]>> = {
  certificates: ['notice', 'told', 'revocation', 'plan'],
  mappings: ['prepared'],
  appKeys: [],
  trusts: [],
  invitations: [],
  handovers: ['opened', 'registered', 'note', 'notes'],
  signingKeys: [],
  settings: [],
}
/** They say when it was changed last, and not what it is. */
const stamps: readonly string[] = ['revision', 'updatedAt']

/**
 * Whether something that a request changes is not any more what it was when it was asked for. It pauses.
 * @param at when it would be approved
 */
export function* isChanged(content: ApprovalContent, account: Account, at: string): Generator<undefined, boolean> {
  for (const { list, elements } of byList(content)) {
    const present = presentIn(list, account, at)
    for (const element of elements) {
      yield
      if (isOther(element, present.get(element.id))) return true
    }
  }
  return false
}

/**
 * The parts of an account as they are once a request is carried out; undefined where something of it is not any more
 * what it was when it was asked for. It pauses.
 * @param moment when it is approved, and the revision that this makes
 */
export function* partsBy(
  content: ApprovalContent,
  account: Account,
  moment: { readonly at: string; readonly revision: number },
): Generator<undefined, Partial<Account> | undefined> {
  const parts: Partial<Record<ListName | 'settings', unknown>> = {}
  for (const { list, elements } of byList(content)) {
    const present = presentIn(list, account, moment.at)
    for (const element of elements) {
      yield
      const now = present.get(element.id)
      if (isOther(element, now)) return undefined
      if (element.after === undefined) present.delete(element.id)
      else present.set(element.id, carriedOut(element, now, content, moment))
    }
    parts[list] = list === 'settings' ? Object.fromEntries(present) : [...present.values()]
  }
  // Its entries are those of the account, and what a command has made of them: the account has their digest.
  return parts as Partial<Account>
}

function byList({ elements }: ApprovalContent) {
  const names = [...new Set(elements.map(({ list }) => list))]
  return names.map((list) => ({ list, elements: elements.filter((element) => element.list === list) }))
}

function presentIn(list: ContentElement['list'], account: Account, at: string): Map<string | number, unknown> {
  if (list === 'settings') return new Map(Object.entries(settingsOf(account)))
  return new Map<string | number, unknown>(byKey(list, withoutExpired(account, at)[list]))
}

function isOther(element: ContentElement, now: unknown): boolean {
  // A handover goes with its certificate, and expires by itself.
  if (element.list === 'handovers' && now === undefined && element.after === undefined) return false
  const untouched = untouchedAffairs(element)
  return !isSame(comparable(element, now, untouched), comparable(element, element.before, untouched))
}

/**
 * Equal where the same is asked for again: ids, times and revisions are new each time, and so are records whose
 * contents are known by a hash or MAC. What nobody can compare, such as a new key or the url of a notice, is another.
 * A text of each element.
 */
export function* samenessOf(content: ApprovalContent): Generator<undefined, readonly string[]> {
  const stampless = { at: '', revision: 0 }
  const texts: string[] = []
  for (const element of content.elements) {
    yield
    const { list, id, before } = element
    const untouched = untouchedAffairs(element)
    const after = withoutNewIds(element, withoutRecords(restamped(element.after, content, stampless)))
    const same =
      before === undefined && isEntry(after)
        ? { list, after: comparable(element, { ...after, id: undefined }, untouched) }
        : {
            list,
            id,
            before: comparable(element, withoutRecords(before), untouched),
            after: comparable(element, after, untouched),
          }
    texts.push(canonicalJson(same))
  }
  return texts
}

/** Without the names of secrets that a MAC is known of, and with the hash alone of CA certificates. */
function withoutRecords(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutRecords)
  if (!isEntry(value)) return value
  const fields = Object.entries(value).filter(([field]) => field !== 'secretId' || value.mac === undefined)
  return Object.fromEntries(
    fields.map(([field, each]) => [
      field,
      field === 'caRecordId' && typeof each === 'string' ? caHashOf(each) : withoutRecords(each),
    ]),
  )
}

/** Notices are the entries of a list that is one element. */
function withoutNewIds({ list, id, before }: ContentElement, after: unknown): unknown {
  if (list !== 'settings' || id !== 'notices' || !Array.isArray(after)) return after
  const known = new Set(Array.isArray(before) ? before.map((each: unknown) => isEntry(each) && each.id) : [])
  return after.map((each: unknown) => (isEntry(each) && !known.has(each.id) ? { ...each, id: undefined } : each))
}

/** What may name a record: ids are random, and as long as nothing else is that is no name or fingerprint. */
const recordName = /^(?![0-9a-f]{64}$)[A-Za-z0-9_-]{20,64}$/

/** Ids by which what would come about may name records. It pauses. */
export function* recordNamesIn({ elements }: ApprovalContent): Generator<undefined, readonly string[]> {
  const found = new Set<string>()
  const look = (value: unknown): void => {
    if (typeof value === 'string' && recordName.test(value)) found.add(value)
    else if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) look(part)
  }
  for (const { after } of elements) {
    yield
    look(after)
  }
  return [...found]
}

function untouchedAffairs({ list, before, after }: ContentElement): readonly string[] {
  if (!isEntry(before)) return []
  // What is removed goes with all that was noted.
  if (!isEntry(after)) return ownAffairs[list]
  return ownAffairs[list].filter((field) => isSame(before[field], after[field]))
}

function comparable({ list, id }: ContentElement, value: unknown, untouched: readonly string[]): unknown {
  if (list === 'settings') return id === 'notices' ? withoutFacts(value) : value
  if (!isEntry(value)) return value
  const left = Object.entries(value).filter(([field]) => !stamps.includes(field) && !untouched.includes(field))
  return Object.fromEntries(left)
}

function carriedOut(
  element: ContentElement,
  now: unknown,
  content: ApprovalContent,
  moment: { readonly at: string; readonly revision: number },
): unknown {
  const { list, id, after } = element
  const made = restamped(after, content, moment)
  if (list === 'settings') return id === 'notices' ? withFactsOf(made, now) : made
  if (!isEntry(made) || !isEntry(now)) return made
  const kept = untouchedAffairs(element)
  const rest = Object.entries(made).filter(([field]) => !kept.includes(field))
  return {
    ...Object.fromEntries(rest),
    ...Object.fromEntries(kept.flatMap((field) => (field in now ? [[field, now[field]]] : []))),
  }
}

/** With the time and revision of its approval wherever a command has set those of the request. */
function restamped(
  value: unknown,
  content: ApprovalContent,
  moment: { readonly at: string; readonly revision: number },
): unknown {
  if (value === content.at) return moment.at
  if (Array.isArray(value)) return value.map((each) => restamped(each, content, moment))
  if (!isEntry(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([field, each]) => {
      const isStamp = (field === 'revision' || field === 'currentSince') && each === content.revision
      return [field, isStamp ? moment.revision : restamped(each, content, moment)]
    }),
  )
}

/** What recipients of notices were told is not what anybody asked to be changed. */
function withoutFacts(notices: unknown): unknown {
  if (!Array.isArray(notices)) return notices
  return notices.map((each: unknown) => {
    if (!isEntry(each)) return each
    const { facts: _, ...rest } = each
    return rest
  })
}

function withFactsOf(made: unknown, now: unknown): unknown {
  if (!Array.isArray(made) || !Array.isArray(now)) return made
  return made.map((each: unknown) => {
    const known = now.find((other: unknown) => isEntry(other) && isEntry(each) && other.id === each.id) as
      | Entry
      | undefined
    if (!isEntry(each)) return each
    const { facts: _, ...rest } = each
    return known?.facts === undefined ? rest : { ...rest, facts: known.facts }
  })
}

function isEntry(value: unknown): value is Entry {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
