import { describe, expect, it } from '@jest/globals'
import { mostTargetConnections } from '@mtls-gateway/service-kit'
import { targetConnectionLimits, targetConnectionMemory } from '../../src/runtime/target-connections.ts'

const gibibyte = 1024 ** 3
const unset = { maxConnections: undefined }

describe('connections to targets', () => {
  it('have room in half of the memory, and of an account in nine tenths of that', () => {
    expect(targetConnectionLimits({ memory: gibibyte / 8 }, unset)).toMatchObject({ total: 819, share: 737 })
    expect(targetConnectionLimits({ memory: gibibyte / 4 }, unset)).toMatchObject({ total: 1_638, share: 1_474 })
  })

  it('keep a quarter of the memory at most where their targets send much, and of an account an eighth', () => {
    expect(targetConnectionMemory({ memory: gibibyte })).toEqual({ ofAccount: gibibyte / 8, ofAll: gibibyte / 4 })
  })

  it('are never more than the descriptors that callers, store and files leave', () => {
    const most = mostTargetConnections(unset)
    expect(targetConnectionLimits({ memory: 1_024 * gibibyte }, unset)).toMatchObject({ total: most })
    expect(mostTargetConnections({ maxConnections: 10 })).toBeGreaterThan(2 * most)
    expect(mostTargetConnections({ maxConnections: 10_000_000 })).toBeGreaterThan(most / 4)
  })
})
