export type { Issuance, IssuanceOrder, Issuer } from './issuer.ts'
export { IssuerError, type IssuerErrorCode } from './issuer-error.ts'
export type { IssuerProfile, Issuers } from './issuers.ts'
