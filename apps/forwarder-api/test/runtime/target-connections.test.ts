import { describe, expect, it } from '@jest/globals'
import { mebibyte, mostTargetConnections } from '@mtls-gateway/service-kit'
import { targetConnectionLimits, targetConnectionMemory } from '../../src/runtime/target-connections.ts'

const unset = { maxConnections: undefined }
const memory = (maxIdentities: number, mib: number) => ({
  maxIdentities,
  budget: { parts: { 'target-connections': mib * mebibyte, handshakes: 64 * mebibyte } },
})

describe('connections to targets', () => {
  it('are one for each identity, and as many more as there is memory; an account may have nine tenths', () => {
    expect(targetConnectionLimits(memory(100, 8), unset)).toMatchObject({ total: 202, share: 181 })
    expect(targetConnectionLimits(memory(200, 64), unset)).toMatchObject({ total: 1_019, share: 917 })
  })

  it('keep no more than their part where their targets send much, and of an account half of it', () => {
    expect(targetConnectionMemory(memory(1, 1))).toMatchObject({ share: 32 * mebibyte, total: 64 * mebibyte })
  })

  it('are never more than the descriptors that callers, store and files leave', () => {
    const most = mostTargetConnections(unset)
    expect(targetConnectionLimits(memory(1_000, 2 ** 24), unset)).toMatchObject({ total: most })
    expect(mostTargetConnections({ maxConnections: 10 })).toBeGreaterThan(2 * most)
    expect(mostTargetConnections({ maxConnections: 10_000_000 })).toBeGreaterThan(most / 4)
  })
})
