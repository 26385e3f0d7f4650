import type { Certificate } from '../certificates/certificate.ts'
import { revocationOf } from '../certificates/certificate-status.ts'
import type { PlanWait } from '../certificates/renewal-plan.ts'
import type { Mapping } from '../mappings/mapping.ts'
import { type PlanStanding, planPosition, planStanding } from './plan-position.ts'

/** Where the plan of a certificate stands, for people who look at thousands. */
export type PlanInFleet = 'none' | PlanStanding

/** What certificates in use are counted by. */
export interface FleetFacts {
  readonly issuer: string
  readonly keyType: string
  /** ISO 8601 in UTC. */
  readonly expirationDate: string
  /** How many mappings use it. */
  readonly mappings: number
  readonly plan: PlanInFleet
  readonly waitsFor: PlanWait | null
  readonly revoked: { readonly at: string; readonly reason: string } | null
}

/**
 * @param own the mappings of this certificate
 * @param now milliseconds since 1970
 * @returns undefined for a certificate without a version in use
 */
export function fleetFacts(certificate: Certificate, own: readonly Mapping[], now: number): FleetFacts | undefined {
  const { current } = certificate
  if (!current) return undefined
  const position = planPosition(certificate, own, now)
  const revocation = revocationOf(certificate)
  return {
    issuer: current.issuer,
    keyType: current.keyType,
    expirationDate: current.notAfter,
    mappings: own.length,
    plan: position ? planStanding(position) : 'none',
    waitsFor: position?.waitsFor ?? null,
    revoked: revocation ? { at: revocation.revokedAt, reason: revocation.reason } : null,
  }
}

export interface FleetCount {
  readonly certificates: number
  readonly revoked: number
  readonly mappings: number
}

/** The same certificates, counted in different ways. In each, those with most certificates come first. */
export interface FleetCounts extends FleetCount {
  readonly issuers: readonly (readonly [issuer: string, FleetCount])[]
  readonly keyTypes: readonly (readonly [keyType: string, FleetCount])[]
  readonly plans: readonly (readonly [plan: PlanInFleet, FleetCount])[]
  /** By when they expire, such as `2027-01`; the next one first. */
  readonly months: readonly (readonly [month: string, FleetCount])[]
}

export function countFleet(fleet: readonly FleetFacts[]): FleetCounts {
  const all = new Map<'all', FleetCount>()
  const issuers = new Map<string, FleetCount>()
  const keyTypes = new Map<string, FleetCount>()
  const plans = new Map<PlanInFleet, FleetCount>()
  const months = new Map<string, FleetCount>()
  for (const facts of fleet) {
    count(all, 'all', facts)
    count(issuers, facts.issuer, facts)
    count(keyTypes, facts.keyType, facts)
    count(plans, facts.plan, facts)
    count(months, facts.expirationDate.slice(0, 7), facts)
  }
  return {
    ...(all.get('all') ?? none),
    issuers: mostFirst(issuers),
    keyTypes: mostFirst(keyTypes),
    plans: mostFirst(plans),
    months: [...months].sort(([one], [other]) => (one < other ? -1 : 1)),
  }
}

const none: FleetCount = { certificates: 0, revoked: 0, mappings: 0 }

function count<Key>(counts: Map<Key, FleetCount>, key: Key, { revoked, mappings }: FleetFacts): void {
  const before = counts.get(key) ?? none
  counts.set(key, {
    certificates: before.certificates + 1,
    revoked: before.revoked + (revoked ? 1 : 0),
    mappings: before.mappings + mappings,
  })
}

function mostFirst<Key>(counts: ReadonlyMap<Key, FleetCount>): readonly (readonly [Key, FleetCount])[] {
  return [...counts].sort(([, one], [, other]) => other.certificates - one.certificates)
}
