/** Where the resources of an account are. */
export const accountPath = '/mtls/account/{accountId}'
/** Whoever calls, whatever their accounts. */
export const callerPath = '/mtls/me'
/** Those of the deployment, for whoever may manage all accounts. */
export const tokenIssuersPath = '/mtls/token-issuers'
export const certificatesPath = `${accountPath}/certificates` as const
export const certificatePath = `${certificatesPath}/{certificateId}` as const
/** The url of a mapping, for callers that take a base url. */
export const baseUrlPath = `${accountPath}/to/{mappingId}` as const
/** Whatever follows, slashes and all, or nothing; OpenAPI knows only parameters without slashes. */
export const restOfPath = '{path}'
export const mappingsPath = `${accountPath}/mappings` as const
/** Where clients of the original API have mappings, with `?v=3.0`. */
export const acCommonPath = '/api/account/{accountId}/configuration/ac-common/mtls'
