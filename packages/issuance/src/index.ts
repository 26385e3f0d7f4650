export { type CheckedIssue, checkIssued, type IssuedExpectations } from './check/check-issued.ts'
export type { Issuance, IssuanceOrder, Issuer } from './issuer.ts'
export { IssuerError, type IssuerErrorCode } from './issuer-error.ts'
export type { IssuerProfile, Issuers } from './issuers.ts'
