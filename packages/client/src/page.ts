import type { ConfigApiOperations, ForwarderApiOperations } from '@mtls-gateway/contract'
import { configApiRoutes, forwarderApiRoutes } from '@mtls-gateway/contract/words'
import { type OperationsClient, operationsClient, type ServicePlace } from './operations/operations-client.ts'

/**
 * For a page in a browser: it holds no credentials, as the server that it comes from adds them on the way (RFC 10017).
 * Neither a signer nor a schema is loaded.
 */
export { ApprovalRequested } from './approval-requested.ts'
export { certificatesCsv, mappingsCsv } from './csv.ts'
export { GatewayProblem, type ProblemCode, type ProblemDocument } from './gateway-problem.ts'
export { type MappingPlace, mappingBaseUrl } from './mapping-base-url.ts'
export type { Answer } from './operations/answer.ts'
export { type ChangedEach, changeEach, type EachChange, entryFaults } from './operations/change-each.ts'
export { entriesByIds, entriesOf, nextPageQuery, pagesOf, totalOf } from './operations/pages.ts'
export { readProblem } from './read-problem.ts'
export { UnexpectedAnswer } from './unexpected-answer.ts'

type PageOperations = ConfigApiOperations & Pick<ForwarderApiOperations, 'testToken'>

/** Interfaces have names in messages of the compiler. */
export interface PageClient extends OperationsClient<PageOperations> {}

/** Every operation of config-api, and `testToken` of forwarder-api, for one account, without credentials. */
export function createPageClient(place: ServicePlace): PageClient {
  const routes = { ...configApiRoutes, testToken: forwarderApiRoutes.testToken }
  // It sends none, and the page itself has come from there.
  return operationsClient<PageOperations>(routes, { ...place, allowHttp: true }, async () => undefined)
}
