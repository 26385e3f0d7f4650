import { totalmem } from 'node:os'
import { describe, expect, it } from '@jest/globals'
import { divideMemory, givenBy, type MemoryBudget } from '../../src/process/memory-budget.ts'
import { mebibyte, memoryLimit } from '../../src/process/memory-limit.ts'

const limit = { bytes: 1024 * mebibyte, from: 'container' } as const
const heap = 400 * mebibyte
const large = { share: 0.3, least: 10 * mebibyte, most: 1024 * mebibyte }
const small = { share: 0.1, least: mebibyte, most: 50 * mebibyte }

const sumOf = ({ process, heap: ofHeap, parts }: MemoryBudget) =>
  Object.values(parts).reduce((sum, bytes) => sum + bytes, process + ofHeap)

describe('the division of memory', () => {
  it('gives each its share of what the process leaves, up to what it could use', () => {
    const { parts } = divideMemory(limit, heap, { large, small })
    expect(parts).toEqual({ large: Math.floor(0.3 * 912 * mebibyte), small: 50 * mebibyte })
  })

  it('leaves less for the others where an operator has given much to one', () => {
    const budget = divideMemory(limit, heap, {
      large,
      small,
      own: { ...small, given: givenBy('OWN', 4, 100 * mebibyte) },
    })
    expect(budget.parts.own).toBe(400 * mebibyte)
    expect(budget.parts.large).toBeLessThan(0.3 * 912 * mebibyte)
    expect(sumOf(budget)).toBeLessThanOrEqual(limit.bytes)
  })

  it('is never more than there is, whatever the heap takes', () => {
    for (let mib = 0; mib < 900; mib += 50) {
      expect(sumOf(divideMemory(limit, mib * mebibyte, { large, small }))).toBeLessThanOrEqual(limit.bytes)
    }
  })

  it('refuses what is more than there is, and says how much of it is what', () => {
    const own = { ...small, given: givenBy('OWN', 600, mebibyte) }
    expect(() => divideMemory(limit, heap, { large, own })).toThrow(
      "The memory (the limit of the container) is 1024 MiB, and what it is to hold is more: 112 MiB for the process, 400 MiB for V8's heap (--max-old-space-size), 600 MiB for own (OWN), 10 MiB for the rest, at least. Set less, or give the process more memory.",
    )
  })
})

describe('the limit of the memory', () => {
  it('is that of the container or machine, or a lower one of the operator', () => {
    const found = memoryLimit()
    expect(found.bytes).toBeLessThanOrEqual(totalmem())
    expect(memoryLimit(300)).toEqual({ bytes: 300 * mebibyte, from: 'MEMORY_LIMIT_MIB' })
    expect(() => memoryLimit(Math.ceil(totalmem() / mebibyte) + 1)).toThrow('MEMORY_LIMIT_MIB')
  })
})
