export type { FetchToken, TokenState } from './held-token.ts'
export { TargetTokens, type TargetTokensOptions, type TokenUse } from './target-tokens.ts'
export { bindingOf, type TokenBinding } from './token-binding.ts'
export type { AccessToken, EndpointAnswer, EndpointRequest, PostToEndpoint } from './token-endpoint.ts'
export { TokenFailure, type TokenFailureCode, tokenFailureCodes } from './token-failure.ts'
export {
  type AssertionKey,
  requestToken,
  type TokenSecrets,
  type TokenSettings,
} from './token-request.ts'
