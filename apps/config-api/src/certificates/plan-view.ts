import type { Plan } from '@mtls-gateway/contract'
import {
  type Account,
  type Certificate,
  type CertificateId,
  failureOf,
  lastFailureOf,
  type Mapping,
  type PlanPosition,
  planOf,
  planPosition,
  type RenewalPlan,
} from '@mtls-gateway/domain'
import { failureSentence } from './plan-failure-sentences.ts'

/** Where the plan of one certificate stands, now. */
export function positionIn(
  { mappings }: Pick<Account, 'mappings'>,
  certificate: Certificate,
): PlanPosition | undefined {
  const own = mappings.filter(({ certificateId }) => certificateId === certificate.id)
  return planPosition(certificate, own, Date.now())
}

/** @throws CodedError `PLAN_NOT_FOUND` */
export function viewPlan({ mappings }: Pick<Account, 'mappings'>, certificate: Certificate): Plan {
  planOf(certificate)
  const { plan } = viewPlans(mappings)(certificate)
  if (!plan) throw new TypeError('a plan stands somewhere')
  return plan
}

/** For many certificates of an account: the field that those with a plan have. */
export function viewPlans(mappings: readonly Mapping[]): (certificate: Certificate) => { readonly plan?: Plan } {
  let own: Map<CertificateId, Mapping[]> | undefined
  return (certificate) => {
    if (!certificate.plan) return {}
    own ??= Map.groupBy(mappings, ({ certificateId }) => certificateId)
    const position = planPosition(certificate, own.get(certificate.id) ?? [], Date.now())
    return position ? { plan: viewPosition(certificate.plan, position) } : {}
  }
}

function viewPosition(plan: RenewalPlan, { state, next, waitsFor, attempts }: PlanPosition): Plan {
  const { profile = null, source = null, renewAt, test, promote, rollBack } = plan
  // What `attempts` counts, or else what was last.
  const failure = next && attempts > 0 ? failureOf(plan, next.step) : lastFailureOf(plan)
  return {
    ...{ profile, source, renewAt, test, promote, rollBack, state, attempts },
    waitsFor: waitsFor ?? null,
    next: next && Number.isFinite(next.at) ? { step: next.step, at: new Date(next.at).toISOString() } : null,
    lastFailure: failure
      ? { step: failure.step, code: failure.code, sentence: failureSentence(failure.code), at: failure.at }
      : null,
  }
}
