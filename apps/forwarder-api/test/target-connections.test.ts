import { describe, expect, it } from '@jest/globals'
import { mostTargetConnections } from '@mtls-gateway/service-kit'
import { targetConnectionsWithin } from '../src/runtime/target-connections.ts'

const gibibyte = 1024 ** 3

describe('connections to targets', () => {
  it('have room in half of the memory, though each keeps all that a target may send in a handshake', () => {
    expect(targetConnectionsWithin({ memory: gibibyte / 4 })).toBe(512)
    expect(targetConnectionsWithin({ memory: gibibyte / 2 })).toBe(1_024)
  })

  it('are never more than the descriptors that they may have', () => {
    expect(targetConnectionsWithin({ memory: 1_024 * gibibyte })).toBe(mostTargetConnections())
  })
})
