import type { BulkheadLimits } from '@mtls-gateway/bulkhead'
import { connectionMemoryLimits, connectionPlaceLimits } from '@mtls-gateway/outbound'
import { type CommonConfiguration, mostTargetConnections } from '@mtls-gateway/service-kit'
import type { ForwarderMemory } from './forwarder-memory.ts'

/** What one takes whose target sends a handshake of the usual size. */
export const targetConnectionBytes = 80 * 1024

type Memory = Pick<ForwarderMemory, 'maxIdentities'> & {
  readonly budget: { readonly parts: Pick<ForwarderMemory['budget']['parts'], 'target-connections' | 'handshakes'> }
}

/** Each identity counts with its first one. */
export function targetConnectionLimits(
  { maxIdentities, budget }: Memory,
  callers: Pick<CommonConfiguration, 'maxConnections'>,
): BulkheadLimits {
  const fitting = maxIdentities + Math.floor(budget.parts['target-connections'] / targetConnectionBytes)
  return connectionPlaceLimits(Math.min(mostTargetConnections(callers), fitting))
}

/**
 * Targets decide what connections keep beyond that: OpenSSL keeps most of what they send. Calls limit the connections
 * in use; this limits those that are kept for later.
 */
export function targetConnectionMemory({ budget }: Memory): BulkheadLimits {
  return connectionMemoryLimits(budget.parts.handshakes)
}
