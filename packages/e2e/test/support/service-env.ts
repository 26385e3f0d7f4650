import { join } from 'node:path'
import { compileCache } from '@mtls-gateway/test-kit'
import type { Backends, Env, ServiceName } from './backends.ts'

export interface ServiceOptions {
  /** Their CAs are trusted; loopback addresses and every port are allowed unless `guarded`. */
  readonly targets?: readonly { readonly ca: string }[]
  /** `true`: the target guard as it is by default. */
  readonly guarded?: boolean
  /** `true`: what config-api changes is told to no forwarder. */
  readonly unheard?: boolean
  /** For both services and the prober. */
  readonly env?: Env
  readonly configApiEnv?: Env
  readonly forwarderApiEnv?: Env
}

/** Where the CAs of the targets are, in the directory of a system. */
export function targetCasFile(directory: string): string {
  return join(directory, 'target-cas.pem')
}

/** All settings of a service of a system. */
export function serviceEnv(service: ServiceName, directory: string, backends: Backends, options: ServiceOptions): Env {
  const isConfigApi = service === 'config-api'
  return {
    ...commonEnv(directory, options),
    CONFIG_API_PORT: '0',
    CONFIG_API_MANAGEMENT_PORT: '0',
    FORWARDER_API_PORT: '0',
    FORWARDER_API_MANAGEMENT_PORT: '0',
    // Far above what the tests send: the throttle has a test of its own.
    THROTTLE_PER_SECOND: '100000',
    ...backends.env(service),
    ...(isConfigApi && options.unheard && backends.unheard),
    ...options.env,
    ...(isConfigApi ? options.configApiEnv : options.forwarderApiEnv),
  }
}

/** All settings of the prober of a system. */
export function proberEnv(directory: string, backend: Env, port: string, options: ServiceOptions): Env {
  return {
    ...commonEnv(directory, options),
    PROBER_PORT: port,
    PROBER_MANAGEMENT_PORT: '0',
    ...backend,
    ...options.env,
  }
}

function commonEnv(directory: string, { guarded, targets }: ServiceOptions): Env {
  return {
    ...compileCache(),
    ...(guarded !== true && { TARGET_ALLOW_CIDRS: '127.0.0.0/8,::1/128', TARGET_PORTS: 'any' }),
    ...(targets && { TARGET_EXTRA_CA_FILE: targetCasFile(directory) }),
  }
}
