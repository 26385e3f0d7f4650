import { configApi, forwarderApi, type Operation } from '@mtls-gateway/contract'

export interface ProxiedRoute {
  readonly method: Operation['method']
  /** As the router has it: `/mtls/account/:accountId/certificates`. */
  readonly url: string
}

/** What the page may ask config-api for: what a Bearer token can be used for there, and nothing else. */
export function proxiedRoutes(): readonly ProxiedRoute[] {
  return Object.values<Operation>(configApi.operations)
    .filter(({ credentials }) => credentials !== 'none' && credentials.kinds.includes('bearer'))
    .map(routeOf)
}

/** What the page may ask forwarder-api for: never a call to a target. */
export function proxiedForwarderRoutes(): readonly ProxiedRoute[] {
  return Object.entries<Operation>(forwarderApi.operations).flatMap(([id, operation]) =>
    id === 'testToken' ? [routeOf(operation)] : [],
  )
}

function routeOf({ method, path }: Operation): ProxiedRoute {
  return { method, url: path.replaceAll(/\{(\w+)\}/g, ':$1') }
}
