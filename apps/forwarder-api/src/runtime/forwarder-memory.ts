import { limits } from '@mtls-gateway/contract'
import { defaultConnectionSettings, hotIdentityBytes, hotIdentityHeapBytes } from '@mtls-gateway/outbound'
import { maxSignedFormBytes } from '@mtls-gateway/request-auth'
import {
  callerConnectionMemory,
  callerConnectionsWithin,
  divideMemory,
  givenBy,
  leastBodyBytes,
  type MemoryBudget,
  type MemoryLimit,
  mebibyte,
  mostBodyBytes,
  overLimit,
} from '@mtls-gateway/service-kit'
import type { ForwarderConfiguration } from '../configuration/configuration.ts'

type Part = 'identities' | 'target-connections' | 'handshakes' | 'caller-connections' | 'bodies' | 'forms' | 'replays'

export interface ForwarderMemory {
  readonly budget: MemoryBudget<Part>
  readonly maxIdentities: number
  /** For all caches together: accounts, certificates, keys and secrets. */
  readonly cacheBytes: number
  readonly maxConnections: number
}

type Settings = Pick<ForwarderConfiguration, 'cacheMiB' | 'maxHotIdentities' | 'maxConnections' | 'tlsCertFile'>

/**
 * How much of the heap caches and identities may have, beyond what the forwarder itself takes. The last third is for
 * calls, and for garbage until it is collected.
 */
const keptPart = 2 / 3
/** What a forwarder has loaded. */
const ownHeapBytes = 32 * mebibyte
const leastIdentities = 100
const leastCacheBytes = 8 * mebibyte
const mostCacheBytes = 1024 * mebibyte
const outsideHeapBytes = hotIdentityBytes - hotIdentityHeapBytes

/** What a forwarder may keep. @throws CodedError `CONFIGURATION_INVALID`: more was configured than there is memory */
export function forwarderMemory(limit: MemoryLimit, heap: number, settings: Settings): ForwarderMemory {
  const { identities, cacheBytes } = divideHeap(heap, settings)
  const { maxHotIdentities } = settings
  const budget = divideMemory<Part>(limit, heap, {
    identities: {
      share: 0.2,
      least: leastIdentities * outsideHeapBytes,
      most: identities * outsideHeapBytes,
      given: givenBy('MAX_HOT_IDENTITIES', maxHotIdentities, outsideHeapBytes),
    },
    'target-connections': { share: 0.07, least: 2 * mebibyte, most: Number.POSITIVE_INFINITY },
    handshakes: { share: 0.07, least: mebibyte, most: Number.POSITIVE_INFINITY },
    'caller-connections': callerConnectionMemory(0.09, settings),
    bodies: { share: 0.06, least: leastBodyBytes(limits.forwarderBody), most: mostBodyBytes(limits.forwarderBody) },
    forms: { share: 0.04, least: 8 * maxSignedFormBytes, most: 256 * maxSignedFormBytes },
    // Nonces: what 10,300 signed calls a second take, if they are not in Redis. The tables grow with the calls.
    replays: { share: 0.05, least: mebibyte, most: 128 * mebibyte },
  })
  return {
    budget,
    cacheBytes,
    maxIdentities: maxHotIdentities ?? Math.floor(budget.parts.identities / outsideHeapBytes),
    maxConnections: callerConnectionsWithin(budget.parts['caller-connections'], settings),
  }
}

/** What was not configured gets half of what caches and identities may have, or what the other one leaves. */
function divideHeap(heap: number, { cacheMiB, maxHotIdentities }: Settings) {
  const kept = Math.max(0, heap - ownHeapBytes) * keptPart
  const cacheGiven = cacheMiB && cacheMiB * mebibyte
  const identitiesGiven = maxHotIdentities && maxHotIdentities * hotIdentityHeapBytes
  const least = {
    caches: cacheGiven ?? leastCacheBytes,
    identities: identitiesGiven ?? leastIdentities * hotIdentityHeapBytes,
  }
  if (least.caches + least.identities > kept) {
    throw overLimit("V8's heap (--max-old-space-size) has room for", kept, [
      { bytes: least.caches, name: cacheGiven ? 'caches (CACHE_MIB)' : 'caches, at least' },
      { bytes: least.identities, name: identitiesGiven ? 'identities (MAX_HOT_IDENTITIES)' : 'identities, at least' },
    ])
  }
  const half = kept / 2
  const cacheBytes = cacheGiven ?? Math.min(mostCacheBytes, half, kept - (identitiesGiven ?? 0))
  const forIdentities = Math.min(half, kept - (cacheGiven ?? 0)) / hotIdentityHeapBytes
  return {
    cacheBytes: Math.floor(Math.max(cacheBytes, leastCacheBytes)),
    identities: maxHotIdentities ?? Math.min(Math.floor(forIdentities), defaultConnectionSettings.maxIdentities),
  }
}
