import type { Mapping, Plan } from '@mtls-gateway/contract'
import { relativeTime } from './relative-time.ts'

const dayMs = 86_400_000

export interface PlanFacts {
  readonly plan: Plan
  /** The mappings of the certificate; undefined: too many to be counted here. */
  readonly mappings: readonly Pick<Mapping, 'url' | 'enable'>[] | undefined
  /** Mappings that do not present the next version, once some do. */
  readonly left?: number | undefined
  /** Milliseconds since 1970. */
  readonly now: number
}

/** What it waits for, as the beginning of a sentence. */
export const waitPhrases: Readonly<Record<NonNullable<Plan['waitsFor']>, string>> = {
  signature: 'Waits for the certificate of a signing request',
  test: 'Waits for somebody to probe the targets with the next version',
  promotion: 'Waits for somebody to promote the next version',
  differences: 'Waits for somebody to compare the next version with the one in use',
  owners: 'Waits for the owners of targets to register the next version',
  approval: 'Waits for the approval of its promotion',
  refusal: 'Waits for somebody to promote the next version again, or to drop it, after that was refused',
  rollback: 'Waits for somebody to promote the next version again, or to drop it, after it was rolled back',
}

/** "Renews on 3 December by local, then tests 4 urls, then puts it in use." */
export function planSentence(facts: PlanFacts): string {
  const { plan, now } = facts
  if (plan.next === null) {
    if (plan.waitsFor !== null) return `${waitPhrases[plan.waitsFor]}.`
    return plan.source === null ? 'Waits.' : `Takes what is new in ${plan.source}.`
  }
  const when = whenOf(Date.parse(plan.next.at), now)
  const [first = '', ...later] = stepsFrom(plan.next.step, when, facts)
  return `${[first, ...later.map((step) => `then ${lowerFirst(step)}`)].join(', ')}.`
}

/** The first one has its time. */
function stepsFrom(step: NonNullable<Plan['next']>['step'], when: string, facts: PlanFacts): readonly string[] {
  const { profile, source, state } = facts.plan
  const later = [...testOf(facts), promotionOf(facts)]
  switch (step) {
    case 'fetch':
      return [`Looks into ${source} again ${when}`, ...later]
    case 'request':
      return [`Renews ${when} by ${profile}`, ...later]
    case 'order':
      return [state === 'ordered' ? `Asks ${profile} for it ${when}` : `Orders it from ${profile} ${when}`, ...later]
    case 'test':
      return [`Tests ${urlsOf(facts)} ${when}`, promotionOf(facts)]
    case 'promote':
      return [
        facts.plan.promote === 'eachTarget'
          ? `Puts it in use ${when} for the targets that accept it`
          : `Puts it in use ${when}`,
      ]
  }
}

function testOf({ plan, mappings }: PlanFacts): readonly string[] {
  if (mappings !== undefined && testable(mappings).length === 0) return []
  if (plan.test === 'auto') return [`Tests ${urlsOf({ mappings })}`]
  // A person who promotes it decides whether to test it.
  return plan.promote === 'auto' ? ['Waits for somebody to test it'] : []
}

function promotionOf({ plan, mappings, left = mappings?.length }: PlanFacts): string {
  if (plan.promote === 'manual') return 'Waits for somebody to promote it'
  if (plan.promote === 'auto' || left === 0) return 'Puts it in use'
  if (left === 1) return 'Switches 1 mapping when its target accepts it'
  return `Switches each of ${left ?? 'its'} mappings when its target accepts it`
}

function urlsOf({ mappings }: Pick<PlanFacts, 'mappings'>): string {
  return mappings === undefined ? 'the mapped urls' : counted(testable(mappings).length, 'url')
}

/** Those that a probe calls. */
function testable(mappings: NonNullable<PlanFacts['mappings']>) {
  return mappings.filter(({ url, enable }) => enable && !url.includes('*'))
}

function whenOf(at: number, now: number): string {
  if (at <= now) return 'now'
  if (at - now < dayMs) return relativeTime(at, now)
  const isSameYear = new Date(at).getFullYear() === new Date(now).getFullYear()
  const year = isSameYear ? {} : ({ year: 'numeric' } as const)
  return `on ${new Date(at).toLocaleDateString('en-GB', { day: 'numeric', month: 'long', ...year })}`
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
