import type { BulkheadLimits } from '@mtls-gateway/bulkhead'
import { connectionPlaceLimits, type ExtraBytes } from '@mtls-gateway/outbound'
import { type CommonConfiguration, mostTargetConnections } from '@mtls-gateway/service-kit'
import type { MemoryLimits } from './memory-limits.ts'

/** The part of the memory for connections whose targets send handshakes of the usual size. */
const part = 1 / 2
const usualBytes = 80 * 1024
/** Targets decide what connections keep beyond that: OpenSSL keeps most of what they send. */
const extraPart = 1 / 4
const accountExtraPart = 1 / 8

export function targetConnectionLimits(
  { memory }: Pick<MemoryLimits, 'memory'>,
  callers: Pick<CommonConfiguration, 'maxConnections'>,
): BulkheadLimits {
  return connectionPlaceLimits(Math.min(mostTargetConnections(callers), Math.floor((memory * part) / usualBytes)))
}

/** Calls limit the connections in use; this limits those that are kept for later. */
export function targetConnectionMemory({ memory }: Pick<MemoryLimits, 'memory'>): ExtraBytes {
  return { ofAccount: Math.floor(memory * accountExtraPart), ofAll: Math.floor(memory * extraPart) }
}
