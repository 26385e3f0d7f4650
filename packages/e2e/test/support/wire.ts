import type * as contract from '@mtls-gateway/contract'

/** The JSON of the contract, as the tests look at it. */

/** With every field: tests know which certificates wait for their signature, and those they look at as they are. */
export type Certificate = Whole<contract.Certificate>

/** A certificate that is asked for, and the request for its signature. */
export interface Requested extends Omit<contract.RequestedCertificate, 'certificate'> {
  readonly certificate: Certificate
}

export interface SaveResult extends Omit<contract.SaveResult, 'successfulySavedCertificates'> {
  /** The misspelling is the wire's. */
  readonly successfulySavedCertificates: readonly Certificate[]
}

/** The test report on a PKCS#12 file. */
export interface TestReport extends Omit<contract.TestReport, 'container' | 'problems'> {
  readonly problems: readonly ReportedProblem[]
  readonly container: Whole<NonNullable<contract.TestReport['container']>>
}

export type NewMapping = contract.NewMapping
export type AppKey = contract.CreatedAppKey
export type Invitation = contract.CreatedInvitation

/** Each that a test looks at has a fix. */
export type ReportedProblem = Required<contract.ReportedProblem>

export type {
  CheckedMapping,
  FailedCertificate,
  Mapping,
  Probe,
  ProbeResult,
  Problem,
  RedeemedInvitation,
  SigningKey,
  StagedVersion,
  Trial,
} from '@mtls-gateway/contract'

export const allScopes = ['mtls:read', 'mtls:write', 'mtls:admin', 'forward'] as const

type Whole<T> = { readonly [Field in keyof T]: NonNullable<T[Field]> }
