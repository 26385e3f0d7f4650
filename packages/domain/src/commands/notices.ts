import type { Account } from '../account/account.ts'
import type { Command, CommandContext } from '../account/command.ts'
import type { NoticeRecipient, ToldFact } from '../account/notice-recipients.ts'
import type { NoticeEventType } from '../account/notice-words.ts'
import { recipientsOf, settingsOf } from '../account/settings.ts'
import { nextAccount } from './next-account.ts'

/** Something that happened in an account, of which its recipients are told once. */
export interface NoticeFact {
  readonly type: NoticeEventType
  /** What it is known by, whoever tells of it and how often: 1 to 64 characters. */
  readonly id: string
}

export interface ClaimedFact {
  readonly recipient: NoticeRecipient
  readonly fact: NoticeFact
}

/** Facts that a recipient remembers beside those that it is asked about: one of 100 facts ago may be told again. */
const maxFacts = 100
/** Facts that are told, of those that hold at once: the others wait until some of these hold no longer. */
const maxAsked = 1_000

/** What recipients who want to be told of it have not been told. @param now milliseconds since 1970 */
export function untoldFacts(
  account: Pick<Account, 'settings'>,
  facts: readonly NoticeFact[],
  now: number,
): readonly ClaimedFact[] {
  const isTold = ({ claimedUntil }: ToldFact) => claimedUntil === undefined || Date.parse(claimedUntil) > now
  return recipientsOf(account).flatMap((recipient) => {
    const told = new Set(recipient.facts?.filter(isTold).map(({ id }) => id))
    const wanted = facts.filter(({ type }) => recipient.events.includes(type))
    const isUntold = ({ id }: NoticeFact) => !told.has(id)
    const room = maxAsked - wanted.filter((fact) => !isUntold(fact)).length
    const untold = wanted.filter(isUntold).slice(0, Math.max(room, 0))
    return untold.map((fact): ClaimedFact => ({ recipient, fact }))
  })
}

/** Claims them. @param until ISO 8601: when what was not sent is due again */
export function claimFacts(
  context: CommandContext,
  facts: readonly NoticeFact[],
  until: string,
): Command<readonly ClaimedFact[]> {
  return (account) => {
    const result = untoldFacts(account, facts, Date.parse(context.at))
    const asked = new Set(facts.map(({ id }) => id))
    const next = withFacts(account, context, { action: 'notices.claim', changed: result, claimedUntil: until, asked })
    return { account: next, result, revoked: [] }
  }
}

/** What was claimed and has been sent; what is for a recipient that was removed meanwhile is left out. */
export function markFactsSent(context: CommandContext, sent: readonly ClaimedFact[]): Command<void> {
  return (account) => {
    const present = new Set(recipientsOf(account).map(({ id }) => id))
    const current = sent.filter(({ recipient }) => present.has(recipient.id))
    const next = withFacts(account, context, { action: 'notices.sent', changed: current })
    return { account: next, result: undefined, revoked: [] }
  }
}

interface ToldNow {
  readonly action: 'notices.claim' | 'notices.sent'
  readonly changed: readonly ClaimedFact[]
  readonly claimedUntil?: string
  /** Ids of what holds now; undefined: nothing is forgotten. */
  readonly asked?: ReadonlySet<string>
}

function withFacts(
  account: Account,
  context: CommandContext,
  { action, changed, claimedUntil, asked }: ToldNow,
): Account {
  if (changed.length === 0) return account
  const notices = recipientsOf(account).map((recipient): NoticeRecipient => {
    const own = changed.filter((each) => each.recipient.id === recipient.id)
    if (own.length === 0) return recipient
    const ids = new Set(own.map(({ fact }) => fact.id))
    const next = [...ids].map((id): ToldFact => ({ id, ...(claimedUntil !== undefined && { claimedUntil }) }))
    const kept = recipient.facts?.filter(({ id }) => !ids.has(id)) ?? []
    if (!asked) return { ...recipient, facts: [...kept, ...next] }
    // What holds is never forgotten, or more than fit would be told again and again.
    const over = kept.filter(({ id }) => !asked.has(id)).slice(-maxFacts)
    return { ...recipient, facts: [...over, ...kept.filter(({ id }) => asked.has(id)), ...next] }
  })
  const subjects = changed.map(({ recipient: { channel, id }, fact }) => `${fact.id} ${fact.type} (${channel} ${id})`)
  const settings = { ...settingsOf(account), notices }
  return nextAccount(account, context, { action, subjects }, { settings })
}
