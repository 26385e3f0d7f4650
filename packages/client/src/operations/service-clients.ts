import type { ConfigApiOperations, ForwarderApiOperations } from '@mtls-gateway/contract'
import { configApiRoutes, forwarderApiRoutes } from '@mtls-gateway/contract/words'
import { authorizationOf, type Credentials } from '../signing/credentials.ts'
import { type OperationsClient, operationsClient, type ServicePlace } from './operations-client.ts'

export type ClientOptions = Credentials & ServicePlace

/** Interfaces have names in messages of the compiler. */
export interface ConfigApiClient extends OperationsClient<ConfigApiOperations> {}
export interface ForwarderApiClient extends OperationsClient<ForwarderApiOperations> {}

/** Every operation of config-api, for one account. */
export function createConfigApiClient(options: ClientOptions): ConfigApiClient {
  return operationsClient<ConfigApiOperations>(configApiRoutes, options, (request) => authorizationOf(options, request))
}

/** The operations of forwarder-api beside the forward, for which there is `gatewayFetch`. */
export function createForwarderApiClient(options: ClientOptions): ForwarderApiClient {
  return operationsClient<ForwarderApiOperations>(forwarderApiRoutes, options, (request) =>
    authorizationOf(options, request),
  )
}
