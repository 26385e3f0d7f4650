import { describe, expect, it } from '@jest/globals'
import { hotIdentityBytes } from '@mtls-gateway/outbound'
import { hotIdentitiesWithin } from '../../src/runtime/hot-identities.ts'
import { memoryLimits } from '../../src/runtime/memory-limits.ts'

const mib = 1024 * 1024
const gib = 1024 * mib

describe('how many identities may keep connections', () => {
  it.each([
    ['a container of 1 GiB, whose heap may have 560 MiB', { memory: gib, heap: 560 * mib }, 2_514],
    ['a machine of 24 GiB', { memory: 24 * gib, heap: 4 * gib }, 20_000],
    ['a heap that is smaller than the machine’s memory lets it be', { memory: 24 * gib, heap: 256 * mib }, 1_560],
    ['next to nothing', { memory: 16 * mib, heap: 8 * mib }, 100],
  ])('follows from what there is of memory: %s', (_, limits, identities) => {
    const found = hotIdentitiesWithin(limits)
    expect(found).toBe(identities)
    if (found > 100) expect(found * hotIdentityBytes).toBeLessThanOrEqual(limits.memory / 3)
  })

  it('is found out from the container or the machine, and from V8', () => {
    const { memory, heap } = memoryLimits()
    expect(memory).toBeGreaterThan(64 * mib)
    expect(memory).toBeLessThan(2 ** 50)
    expect(heap).toBeGreaterThan(64 * mib)
  })
})
