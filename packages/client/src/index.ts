export { ApprovalRequested } from './approval-requested.ts'
export { isLoopback } from './base-url.ts'
export { certificatesCsv, mappingsCsv } from './csv.ts'
export type { Fetch } from './fetch.ts'
export { gatewayFetch } from './gateway-fetch/gateway-fetch.ts'
export type { GatewayFetchOptions } from './gateway-fetch/gateway-fetch-options.ts'
export { GatewayProblem, type ProblemCode, type ProblemDocument } from './gateway-problem.ts'
export { InvalidRequest } from './invalid-request.ts'
export { type MappingPlace, mappingBaseUrl, urlBelow } from './mapping-base-url.ts'
export type { Answer } from './operations/answer.ts'
export { type ChangedEach, changeEach, type EachChange, entryFaults } from './operations/change-each.ts'
export { entriesByIds, entriesOf, nextPageQuery, pagesOf, totalOf } from './operations/pages.ts'
export {
  type ClientOptions,
  type ConfigApiClient,
  createConfigApiClient,
  createForwarderApiClient,
  type ForwarderApiClient,
} from './operations/service-clients.ts'
export { readProblem, unnamedProblem } from './read-problem.ts'
export type { AppKey } from './signing/app-key.ts'
export type { Credentials } from './signing/credentials.ts'
export { type SignedRequest, signRequest } from './signing/sign-request.ts'
export { UnexpectedAnswer } from './unexpected-answer.ts'
