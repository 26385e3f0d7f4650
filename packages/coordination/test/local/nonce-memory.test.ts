import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { NonceMemory, nonceHasher } from '../../src/local/nonce-memory.ts'

const hash = nonceHasher(new Uint8Array(16))
const hashOf = (nonce: string) => hash({ appKey: 'tenant-a.key', nonce, timestamp: 0 })

describe('the nonce memory', () => {
  it('remembers each nonce for 601 s, and none for longer once its timestamp is no longer claimed', () => {
    const numbers = fc.integer({ min: 0, max: 20 })
    const claims = fc.array(fc.tuple(numbers, numbers, fc.integer({ min: 0, max: 400 })), { maxLength: 80 })
    fc.assert(
      fc.property(claims, (steps) => {
        let now = 5_000
        const memory = new NonceMemory({ now: () => now })
        const takenAt = new Map<string, number>()
        for (const [timestamp, number, seconds] of steps) {
          now += seconds * 1_000
          const nonce = `${timestamp} ${number}`
          const age = now - (takenAt.get(nonce) ?? Number.NEGATIVE_INFINITY)
          const fresh = memory.add(timestamp, hashOf(nonce))
          if (age < 601_000) expect(fresh).toBe(false)
          if (fresh) takenAt.set(nonce, now)
        }
        now += 601_000
        memory.add(21, hashOf('another'))
        expect(memory.stored().map(({ timestamp }) => timestamp)).toEqual([21])
      }),
    )
  })

  it('goes on where a stopped process ended', () => {
    const before = new NonceMemory()
    const claims = Array.from({ length: 200 }, (_, index) => [index % 3, hashOf(`${index}`)] as const)
    for (const claim of claims) before.add(...claim)
    let now = 50
    const after = new NonceMemory({ now: () => now, most: 201 })
    for (const nonces of before.stored()) after.restore(nonces)
    now += 600_000
    expect(claims.filter((claim) => after.add(...claim))).toEqual([])
    // It knows how many it has.
    expect(after.add(0, hashOf('new'))).toBe(true)
    expect(() => after.add(0, hashOf('another'))).toThrow(expect.objectContaining({ code: 'COORDINATION_UNAVAILABLE' }))
  })

  it('refuses new nonces when it is full, still knows the old ones, and says when to come again', () => {
    let now = 0
    const memory = new NonceMemory({ now: () => now, most: 2 })
    memory.add(1, hashOf('a'))
    now = 50_000
    memory.add(2, hashOf('b'))
    now = 100_000
    const refused = expect.objectContaining({ code: 'COORDINATION_UNAVAILABLE', retryAfterSeconds: 501 })
    for (const timestamp of [1, 2]) expect(() => memory.add(timestamp, hashOf('c'))).toThrow(refused)
    expect([memory.add(1, hashOf('a')), memory.add(2, hashOf('b'))]).toEqual([false, false])
    now = 601_000
    expect(memory.add(2, hashOf('c'))).toBe(true)
    expect(memory.add(2, hashOf('b'))).toBe(false)
  })

  it('holds what was added and nothing else, while its tables grow', () => {
    const memory = new NonceMemory()
    const numbers = Array.from({ length: 100_000 }, (_, number) => hashOf(`${number}`))
    const others = Array.from({ length: 20_000 }, (_, number) => hashOf(`other ${number}`))
    expect(numbers.filter((entry) => memory.add(1, entry))).toHaveLength(numbers.length)
    expect(numbers.filter((entry) => memory.add(1, entry))).toHaveLength(0)
    expect(others.filter((entry) => memory.add(1, entry))).toHaveLength(others.length)
    expect(numbers.filter((entry) => memory.add(2, entry))).toHaveLength(numbers.length)
  })

  it('takes at most 20 bytes for a nonce where there are many', () => {
    const memory = new NonceMemory()
    for (let number = 0; number < 150_000; number++) memory.add(number % 100, hashOf(`${number}`))
    const bytes = memory.stored().reduce((sum, { words }) => sum + words.byteLength, 0)
    expect(bytes / 150_000).toBeLessThanOrEqual(20)
  })

  it('gives memory back at once when a table grows, and when its time is over', () => {
    let now = 0
    const memory = new NonceMemory({ now: () => now })
    const tables = () => memory.stored().map(({ words }) => words)
    for (let number = 0; number < 1_000; number++) memory.add(number % 10, hashOf(`${number}`))
    const small = tables()
    for (let number = 1_000; number < 10_000; number++) memory.add(number % 10, hashOf(`${number}`))
    const large = tables()
    expect(small.filter(({ buffer }) => !buffer.detached)).toEqual([])
    expect(large.filter(({ buffer }) => buffer.detached)).toEqual([])
    now = 601_000
    memory.add(10, hashOf('1'))
    expect(large.filter(({ buffer }) => !buffer.detached)).toEqual([])
    expect(memory.add(1, hashOf('1'))).toBe(true)
  })

  it('tells hashes apart that differ in one half, or share their slot', () => {
    const memory = new NonceMemory()
    const hashes = [0, 1, 0xffff_ffff].flatMap((high) => [1, 17, 33, 0xffff_ffff].map((low) => ({ low, high })))
    for (const entry of hashes) expect(memory.add(1, entry)).toBe(true)
    for (const entry of hashes) expect(memory.add(1, entry)).toBe(false)
  })
})

describe('the nonce hash', () => {
  it('depends on the key', () => {
    const claim = { appKey: 'tenant-a.key', nonce: 'n', timestamp: 1 }
    expect(nonceHasher(new Uint8Array(16))(claim)).toEqual(hash(claim))
    expect(nonceHasher(new Uint8Array(16).fill(1))(claim)).not.toEqual(hash(claim))
  })
})
