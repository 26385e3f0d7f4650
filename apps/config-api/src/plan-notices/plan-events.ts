import { planWaitAdvice } from '@mtls-gateway/contract/words'
import {
  type Account,
  type Certificate,
  failureOf,
  isOfPlan,
  type Mapping,
  planPosition,
  planSubject,
} from '@mtls-gateway/domain'
import { factId, type HeldFact, manyAsOne, type NoticeEvent, quoted } from '../notices/notice-event.ts'

/** A step that fails is tried again after a minute or two: people are told when that does not help. */
const failuresToTell = 3
const atWorkMs = 3_600_000

/** What recipients are to know of the renewals of an account as it is now: the same facts as long as they hold. */
export function planEvents(account: Account, now: number): readonly NoticeEvent[] {
  return manyAsOne(account.accountId, [...ofPlans(account, now), ...ofMappings(account)])
}

function* ofPlans({ accountId, certificates, mappings }: Account, now: number): Generator<HeldFact> {
  const planned = certificates.filter(({ plan }) => plan !== undefined)
  if (planned.length === 0) return
  const own = Map.groupBy(mappings, ({ certificateId }) => certificateId)
  for (const certificate of planned) {
    const position = planPosition(certificate, own.get(certificate.id) ?? [], now)
    const { id, name, plan } = certificate
    const failure = plan && position?.next && failureOf(plan, position.next.step)
    const subject = planSubject(certificate) ?? ''
    const data = { accountId, certificateId: id, name }
    const which = `The renewal of the certificate ${quoted(name)} (${id})`
    if (position?.waitsFor !== undefined && !isAtWork(certificate, now)) {
      const { waitsFor } = position
      const type = 'plan.waiting'
      const event = (): NoticeEvent => ({
        type,
        id: factId(accountId, id, waitsFor, subject),
        accountId,
        data: { ...data, waitsFor },
        sentence: `${which} waits for a person. ${planWaitAdvice[waitsFor]}`,
      })
      yield held(type, waitsSince(certificate), event)
    } else if (failure && position && position.attempts >= failuresToTell) {
      const { step, code, at, since = at } = failure
      const type = 'plan.failed'
      const event = (): NoticeEvent => ({
        type,
        id: factId(accountId, id, step, code, subject),
        accountId,
        data: { ...data, step, code },
        sentence: `${which} failed ${failuresToTell} times in a row: ${code} at the step "${step}". It is tried again.`,
      })
      yield held(type, since, event)
    }
  }
}

/** By the day: where many are renewed, one comes after the other. */
function held(type: HeldFact['type'], since: string, event: () => NoticeEvent): HeldFact {
  return { type, since: since.slice(0, 'yyyy-mm-dd'.length), event }
}

/** For what is staged, or for what follows a rollback. */
function waitsSince({ staged, previous }: Certificate): string {
  return staged?.createdAt ?? previous?.replacedAt ?? ''
}

/** Somebody has staged what is there by hand, a moment ago: they know. */
function isAtWork({ staged, plan }: Certificate, now: number): boolean {
  if (!staged || (plan && isOfPlan(plan, staged))) return false
  return now - Date.parse(staged.createdAt) < atWorkMs
}

function* ofMappings({ accountId, certificates, mappings }: Account): Generator<HeldFact> {
  const byId = new Map<Certificate['id'], Certificate>(certificates.map((each) => [each.id, each]))
  for (const mapping of mappings) {
    const { promotion } = mapping
    const of = byId.get(mapping.certificateId)
    if (promotion?.code === undefined || !of) continue
    const { code, version, state, since } = promotion
    // A version that is gone says nothing of the next one.
    if (![of.current, of.staged].some((each) => each?.versionId === version)) continue
    const isBack = state === 'rolledBack'
    const type = isBack ? 'mapping.rolled-back' : 'plan.failed'
    const event = (): NoticeEvent => ({
      type,
      id: factId(accountId, mapping.id, version, state),
      accountId,
      data: { accountId, mappingId: mapping.id, certificateId: mapping.certificateId, url: mapping.url, code },
      sentence: `${refusal(mapping, quoted(of.name), code)} ${isBack ? 'Its mapping presents the version before again.' : 'It refuses the version before as well, so its mapping was left as it is.'}`,
    })
    yield held(type, since, event)
  }
}

function refusal({ name, id, url }: Mapping, certificate: string, code: string): string {
  return `The target of the mapping ${quoted(name)} (${id}), ${quoted(url)}, refuses the new version of the certificate ${certificate}: ${code}.`
}
