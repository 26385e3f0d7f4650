import type { ForwarderMemory } from './forwarder-memory.ts'

/** Each of the four caches beside accounts and identities: trusted CAs, secrets of app keys and of targets, tokens. */
export function smallCacheBytes({ cacheBytes }: Pick<ForwarderMemory, 'cacheBytes'>): number {
  return Math.floor(cacheBytes / 32)
}
