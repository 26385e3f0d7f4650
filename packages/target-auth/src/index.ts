export type { FetchToken } from './held-token.ts'
export { TargetTokens, type TokenUse } from './target-tokens.ts'
export { TokenFailure, type TokenFailureCode, tokenFailureCodes } from './token-failure.ts'
export {
  type AccessToken,
  type AssertionKey,
  type EndpointAnswer,
  type EndpointRequest,
  type PostToEndpoint,
  requestToken,
  type TokenSecrets,
  type TokenSettings,
} from './token-request.ts'
