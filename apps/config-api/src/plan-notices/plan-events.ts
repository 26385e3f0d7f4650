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
import { factId, manyAsOne, type NoticeEvent, quoted } from '../notices/notice-event.ts'

/** A step that fails is tried again after a minute or two: people are told when that does not help. */
const failuresToTell = 3
const atWorkMs = 3_600_000

/** What recipients are to know of the renewals of an account as it is now: the same facts as long as they hold. */
export function planEvents(account: Account, now: number): readonly NoticeEvent[] {
  return manyAsOne([...ofPlans(account, now), ...ofMappings(account)])
}

function* ofPlans({ accountId, certificates, mappings }: Account, now: number): Generator<NoticeEvent> {
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
      yield {
        type: 'plan.waiting',
        id: factId(accountId, id, waitsFor, subject),
        accountId,
        data: { ...data, waitsFor },
        sentence: `${which} waits for a person. ${planWaitAdvice[waitsFor]}`,
      }
    } else if (failure && position && position.attempts >= failuresToTell) {
      const { step, code } = failure
      yield {
        type: 'plan.failed',
        id: factId(accountId, id, step, code, subject),
        accountId,
        data: { ...data, step, code },
        sentence: `${which} failed ${failuresToTell} times in a row: ${code} at the step "${step}". It is tried again.`,
      }
    }
  }
}

/** Somebody has staged what is there by hand, a moment ago: they know. */
function isAtWork({ staged, plan }: Certificate, now: number): boolean {
  if (!staged || (plan && isOfPlan(plan, staged))) return false
  return now - Date.parse(staged.createdAt) < atWorkMs
}

function* ofMappings({ accountId, certificates, mappings }: Account): Generator<NoticeEvent> {
  const byId = new Map<Certificate['id'], Certificate>(certificates.map((each) => [each.id, each]))
  for (const mapping of mappings) {
    const { promotion } = mapping
    const of = byId.get(mapping.certificateId)
    if (promotion?.code === undefined || !of) continue
    const { code, version, state } = promotion
    // A version that is gone says nothing of the next one.
    if (![of.current, of.staged].some((each) => each?.versionId === version)) continue
    const certificate = quoted(of.name)
    const isBack = state === 'rolledBack'
    yield {
      type: isBack ? 'mapping.rolled-back' : 'plan.failed',
      id: factId(accountId, mapping.id, version, state),
      accountId,
      data: { accountId, mappingId: mapping.id, certificateId: mapping.certificateId, url: mapping.url, code },
      sentence: `${refusal(mapping, certificate, code)} ${isBack ? 'Its mapping presents the version before again.' : 'It refuses the version before as well, so its mapping was left as it is.'}`,
    }
  }
}

function refusal({ name, id, url }: Mapping, certificate: string, code: string): string {
  return `The target of the mapping ${quoted(name)} (${id}), ${quoted(url)}, refuses the new version of the certificate ${certificate}: ${code}.`
}
