import type { ConfigApiOperations, ForwarderApiOperations } from '@mtls-gateway/contract'
import { configApiRoutes, forwarderApiRoutes } from '@mtls-gateway/contract/words'
import { type ClientOptions, type OperationsClient, operationsClient } from './operations-client.ts'

/** Interfaces have names in messages of the compiler. */
export interface ConfigApiClient extends OperationsClient<ConfigApiOperations> {}
export interface ForwarderApiClient extends OperationsClient<ForwarderApiOperations> {}

/** Every operation of config-api, for one account. */
export function createConfigApiClient(options: ClientOptions): ConfigApiClient {
  return operationsClient<ConfigApiOperations>(configApiRoutes, options)
}

/** The operations of forwarder-api beside the forward, for which there is `gatewayFetch`. */
export function createForwarderApiClient(options: ClientOptions): ForwarderApiClient {
  return operationsClient<ForwarderApiOperations>(forwarderApiRoutes, options)
}
