import {
  type CommonConfiguration,
  callerConnectionMemory,
  callerConnectionsWithin,
  divideMemory,
  type MemoryBudget,
  type MemoryLimit,
} from '@mtls-gateway/service-kit'

export interface ConsoleMemory {
  readonly budget: MemoryBudget<'caller-connections'>
  readonly maxConnections: number
}

/** Bodies flow through, so what is not the heap's is for connections. @throws CodedError `CONFIGURATION_INVALID` */
export function consoleMemory(
  limit: MemoryLimit,
  heap: number,
  settings: Pick<CommonConfiguration, 'maxConnections' | 'tlsCertFile'>,
): ConsoleMemory {
  const budget = divideMemory(limit, heap, { 'caller-connections': callerConnectionMemory(0.3, settings) })
  return { budget, maxConnections: callerConnectionsWithin(budget.parts['caller-connections'], settings) }
}
