import type { BulkheadLimits } from '@mtls-gateway/bulkhead'
import type { CommonConfiguration } from '../configuration/common-settings.ts'
import { descriptorLimit } from './descriptors.ts'

/**
 * Callers' connections get half of the descriptors unless there is memory for fewer, or the operator configures a
 * number. The other half is for targets, store and files. One address gets half of the callers' connections, or all
 * but the reserve if it is a proxy in front of all callers.
 */
export function connectionLimits({
  maxConnections = mostCallerConnections(),
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

/** What one takes of memory while it is idle: measured 28 KiB, and 78 with TLS that ends here. */
export function callerConnectionBytes({ tlsCertFile }: Pick<CommonConfiguration, 'tlsCertFile'>): number {
  return (tlsCertFile === undefined ? 32 : 80) * 1024
}

/** Half of the descriptors. */
export function mostCallerConnections(): number {
  return Math.floor(descriptorLimit() / 2)
}

/** The limit for connections to targets: what callers leave, except an eighth, which is for the store and files. */
export function mostTargetConnections(limits: Pick<CommonConfiguration, 'maxConnections'>): number {
  const all = descriptorLimit()
  const { maxConnections = mostCallerConnections() } = limits
  return Math.max(Math.floor((all * 7) / 8) - maxConnections, Math.floor(all / 8))
}
