import type { BulkheadLimits } from '@mtls-gateway/bulkhead'
import type { CommonConfiguration } from '../configuration/common-settings.ts'
import { descriptorLimit } from './descriptors.ts'

/**
 * Callers' connections get half of the descriptors unless the operator configures a number. The other half is for
 * targets, store and files. One address gets half of the callers' connections, or all but the reserve if it is a proxy
 * in front of all callers.
 */
export function connectionLimits({
  maxConnections = Math.floor(descriptorLimit() / 2),
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
  const all = descriptorLimit()
  const { maxConnections = Math.floor(all / 2) } = limits
  return Math.max(Math.floor((all * 7) / 8) - maxConnections, Math.floor(all / 8))
}
