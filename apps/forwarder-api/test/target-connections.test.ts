import { describe, expect, it } from '@jest/globals'
import { mostTargetConnections } from '@mtls-gateway/service-kit'
import { targetConnectionLimits } from '../src/runtime/target-connections.ts'

const gibibyte = 1024 ** 3

describe('connections to targets', () => {
  it('have room in half of the memory, and in a quarter where each of an account is as large as it may be', () => {
    expect(targetConnectionLimits({ memory: gibibyte / 8 }, 10)).toMatchObject({ total: 819, share: 56 })
    expect(targetConnectionLimits({ memory: gibibyte / 4 }, 10)).toMatchObject({ total: 1_638, share: 113 })
  })

  it('are enough for all calls that an account may have under way', () => {
    expect(targetConnectionLimits({ memory: gibibyte / 8 }, 200)).toMatchObject({ share: 200 })
  })

  it('are never more than the descriptors that they may have, and of an account half of that', () => {
    const total = mostTargetConnections()
    expect(targetConnectionLimits({ memory: 1_024 * gibibyte }, 200)).toMatchObject({
      total,
      share: Math.ceil(total / 2),
    })
  })
})
