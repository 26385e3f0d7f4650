import type { ErrorCode } from '../errors/error-codes.ts'
import type { RecordId } from '../identifiers/ids.ts'
import type { VersionDifferenceCode } from './version-difference-codes.ts'

/** Whether the gateway does a step by itself, or waits for a person to do it. */
export const planTests = ['auto', 'manual'] as const
/** `eachTarget`: mapping by mapping, as soon as a target accepts the next version. */
export const planPromotions = ['auto', 'manual', 'eachTarget'] as const
/** Whether a mapping whose target refuses the next version goes back by itself. */
export const planRollBacks = ['auto', 'never'] as const
export const planSteps = ['request', 'order', 'fetch', 'test', 'promote'] as const
export const planStates = ['idle', 'requested', 'ordered', 'staged', 'tested', 'promoting'] as const
/**
 * What a person has to do before the plan goes on: sign or promote what somebody staged by hand, test, promote, accept
 * what differs, let the owners of targets register it, decide what follows a rollback, approve the promotion, or decide
 * what follows its refusal.
 */
export const planWaits = [
  'signature',
  'test',
  'promotion',
  'differences',
  'owners',
  'rollback',
  'approval',
  'refusal',
] as const

export type PlanStep = (typeof planSteps)[number]
export type PlanState = (typeof planStates)[number]
export type PlanWait = (typeof planWaits)[number]

/** Shares of a certificate's lifetime after which it may be renewed. */
export const planRenewAt = { earliest: 0.1, latest: 0.95, usual: 0.66 } as const

export interface PlanChoices {
  /** By whose name the issuer is found. A plan has this or a source. */
  readonly profile?: string
  /** By whose name the place is found from which the next version comes with its key. */
  readonly source?: string
  /** The share of the lifetime of the version in use after which the next one is requested. */
  readonly renewAt: number
  readonly test: (typeof planTests)[number]
  readonly promote: (typeof planPromotions)[number]
  readonly rollBack: (typeof planRollBacks)[number]
}

/** The key that the plan has made last, and its order at the issuer. */
export interface PlanOrder {
  readonly keyId: RecordId
  /** The record of its signing request. */
  readonly csrId: RecordId
  /** How often it was ordered anew, after an answer that could not be used or at another issuer; absent: never. */
  readonly repeated?: number
  /** ISO 8601: when it was ordered anew; absent: it was not, and is as old as its key. */
  readonly orderedAt?: string
  /** What the issuer names the order; absent: it has not answered that it is pending. */
  readonly reference?: string
  /** ISO 8601: when to ask again; absent, with a reference: people bring the certificate. */
  readonly askAt?: string
}

/** What the plan has taken from its source last. */
export interface PlanFetch {
  readonly keyId: RecordId
  /** It is not taken again, whatever has become of it. */
  readonly fingerprintSha256: string
}

/** A step that failed. */
export interface PlanFailure {
  readonly step: PlanStep
  /** What it was about: the key of what was staged, or else the version in use. */
  readonly of?: RecordId
  readonly code: ErrorCode
  /** ISO 8601 in UTC. */
  readonly at: string
  /** When the first of these attempts failed; absent: it is the only one, or an older release has noted it. */
  readonly since?: string
  /** In a row. */
  readonly attempts: number
}

/**
 * How a certificate renews itself. Where it stands follows from what the certificate has (`planPosition`): only what
 * cannot be seen there is kept here.
 */
export interface RenewalPlan extends PlanChoices {
  readonly order?: PlanOrder
  readonly fetched?: PlanFetch
  /** How another step than `fetch` has failed last. */
  readonly failure?: PlanFailure
  /** How `fetch` has failed last, which is taken beside the other steps. */
  readonly fetchFailure?: PlanFailure
  /** What was asked for last about promoting what is staged. Absent: nothing, or it was approved or withdrawn. */
  readonly asked?: AskedPromotion
  /** Who has set it, as the audit has it: they do not approve what it asks for. Absent: an older release has set it. */
  readonly setBy?: string
  /** By whom their app key or invitation was made, up to a person; absent: they are a person, or nobody knows. */
  readonly madeBy?: readonly string[]
  /** Somebody has asked for the renewal of whatever an issuer has signed, whatever its age. */
  readonly renewNow?: RenewalRequest
}

/** A request for approval of the promotion of what is staged. */
export interface AskedPromotion {
  readonly request: RecordId
  /** The key of what is staged. */
  readonly of: RecordId
  /** ISO 8601: nobody asks again before. */
  readonly until: string
  /** Nobody asks again but a person. */
  readonly refused?: true
}

export interface RenewalRequest {
  /** As certificates state it: a version in use of another issuer is not to be replaced. */
  readonly issuer: string
  /** ISO 8601 in UTC: what came later is a replacement already, and so is what came after the request. */
  readonly issuedBefore: string
  /** In what the next version may differ without a person; absent: in nothing. */
  readonly accepts?: readonly VersionDifferenceCode[]
  /** ISO 8601. */
  readonly at: string
}

/** How a step has failed last. */
export function failureOf({ failure, fetchFailure }: RenewalPlan, step: PlanStep): PlanFailure | undefined {
  if (step === 'fetch') return fetchFailure
  return failure?.step === step ? failure : undefined
}

/** What has failed last, whichever step it was. */
export function lastFailureOf({ failure, fetchFailure }: RenewalPlan): PlanFailure | undefined {
  if (!failure || !fetchFailure) return failure ?? fetchFailure
  return Date.parse(failure.at) < Date.parse(fetchFailure.at) ? fetchFailure : failure
}
