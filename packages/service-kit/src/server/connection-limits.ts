import { readFileSync } from 'node:fs'
import type { BulkheadLimits } from '@mtls-gateway/bulkhead'
import type { CommonConfiguration } from '../configuration/common-settings.ts'

/** Used if the platform does not say how many a process may have. */
const usualDescriptors = 16_384

/**
 * Callers' connections get half of the descriptors unless the operator configures a number. The other half is for
 * targets, store and files. One address gets half of the callers' connections, or all but the reserve if it is a proxy
 * in front of all callers.
 */
export function connectionLimits({
  maxConnections = Math.floor(descriptors() / 2),
  trustedProxies,
}: Pick<CommonConfiguration, 'maxConnections' | 'trustedProxies'>): BulkheadLimits {
  const reserve = Math.ceil(maxConnections / 10)
  const most = maxConnections - reserve
  return {
    total: maxConnections,
    reserve,
    share: trustedProxies > 0 ? most : Math.min(most, Math.ceil(maxConnections / 2)),
  }
}

/** The limit for connections to targets: what callers leave, except an eighth, which is for the store and files. */
export function mostTargetConnections(limits: Pick<CommonConfiguration, 'maxConnections'>): number {
  const all = descriptors()
  const { maxConnections = Math.floor(all / 2) } = limits
  return Math.max(Math.floor((all * 7) / 8) - maxConnections, Math.floor(all / 8))
}

/** File descriptors that this process may open. Node raises the soft limit to the hard one at its start. */
function descriptors(): number {
  try {
    const [, soft] = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return Number(soft ?? usualDescriptors)
  } catch {
    // Not on Linux.
    return usualDescriptors
  }
}
