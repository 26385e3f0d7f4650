import { describe, expect, it } from '@jest/globals'
import { mebibyte } from '@mtls-gateway/service-kit'
import { configMemory } from '../../src/runtime/config-memory.ts'

const settings = { maxConnections: undefined, tlsCertFile: undefined }

describe('the memory of config-api', () => {
  it.each([
    [1_024, 300, { bodies: 127, processes: 419 }],
    [512, 132, { bodies: 56, processes: 184 }],
    [16_000, 4_096, { bodies: 192, processes: 600 }],
  ])('of %i MiB is divided so that all of it is never more than there is', (mib, heapMiB, expected) => {
    const { budget } = configMemory({ bytes: mib * mebibyte, from: 'container' }, heapMiB * mebibyte, settings)
    const { bodies, processes } = budget.parts
    expect({ bodies: Math.floor(bodies / mebibyte), processes: Math.floor(processes / mebibyte) }).toEqual(expected)
    const sum = Object.values(budget.parts).reduce((all, bytes) => all + bytes, budget.process + budget.heap)
    expect(sum).toBeLessThanOrEqual(mib * mebibyte)
  })

  it('refuses more than there is', () => {
    const limit = { bytes: 256 * mebibyte, from: 'container' } as const
    expect(() => configMemory(limit, 64 * mebibyte, settings)).toThrow('for the rest, at least')
  })
})
