import type { Issuer, Plan } from '@mtls-gateway/contract'
import {
  type Account,
  type Certificate,
  type CertificateId,
  type Mapping,
  type PlanPosition,
  planOf,
  planPosition,
} from '@mtls-gateway/domain'
import type { IssuerProfile } from '@mtls-gateway/issuance'
import { failureSentence } from './failure-sentences.ts'

/** Where the plan of one certificate stands, now. */
export function positionIn(
  { mappings }: Pick<Account, 'mappings'>,
  certificate: Certificate,
): PlanPosition | undefined {
  return planPosition(certificate, mappingsOf(mappings, certificate.id), Date.now())
}

function mappingsOf(mappings: readonly Mapping[], id: CertificateId): readonly Mapping[] {
  return mappings.filter(({ certificateId }) => certificateId === id)
}

/** @throws CodedError `PLAN_NOT_FOUND` */
export function viewPlan(account: Pick<Account, 'mappings'>, certificate: Certificate): Plan {
  const { profile, renewAt, test, promote, rollBack, failure } = planOf(certificate)
  const position = positionIn(account, certificate)
  if (!position) throw new TypeError('a plan stands somewhere')
  const { state, next, waitsFor = null, attempts } = position
  return {
    ...{ profile, renewAt, test, promote, rollBack, state, waitsFor, attempts },
    next: next ? { step: next.step, at: new Date(next.at).toISOString() } : null,
    lastFailure: failure
      ? { step: failure.step, code: failure.code, sentence: failureSentence(failure.code), at: failure.at }
      : null,
  }
}

export function viewIssuer({ name, kind, description, keyTypes, subject, lifetimeSeconds }: IssuerProfile): Issuer {
  return {
    ...{ name, kind, description, keyTypes: [...keyTypes] },
    ...{ subject: subject ?? null, lifetimeSeconds: lifetimeSeconds ?? null },
  }
}
