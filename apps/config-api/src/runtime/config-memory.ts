import { limits } from '@mtls-gateway/contract'
import {
  type CommonConfiguration,
  callerConnectionMemory,
  callerConnectionsWithin,
  divideMemory,
  leastBodyBytes,
  type MemoryBudget,
  type MemoryLimit,
  mebibyte,
  mostBodyBytes,
} from '@mtls-gateway/service-kit'

export interface ConfigMemory {
  readonly budget: MemoryBudget<'bodies' | 'caller-connections' | 'processes'>
  readonly maxConnections: number
}

/** @throws CodedError `CONFIGURATION_INVALID`: more was configured than there is memory */
export function configMemory(
  limit: MemoryLimit,
  heap: number,
  settings: Pick<CommonConfiguration, 'maxConnections' | 'tlsCertFile'>,
): ConfigMemory {
  const budget = divideMemory(limit, heap, {
    bodies: { share: 0.14, least: leastBodyBytes(limits.configBody), most: mostBodyBytes(limits.configBody) },
    'caller-connections': callerConnectionMemory(0.06, settings),
    processes: { share: 0.46, least: leastProcessBytes, most: mostProcessBytes },
  })
  return {
    budget,
    maxConnections: callerConnectionsWithin(budget.parts['caller-connections'], settings),
  }
}

/** Those that read and make keys and try them out: a warm one of each kind, and as many as there may be at once. */
const leastProcessBytes = 100 * mebibyte
const mostProcessBytes = 600 * mebibyte
