import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { NonceMemory, NonceSet, nonceHasher } from '../../src/local/nonce-memory.ts'

const hash = nonceHasher(new Uint8Array(16))
const hashOf = (nonce: string) => hash({ appKey: 'tenant-a.key', nonce, timestamp: 0 })

describe('the nonce memory', () => {
  it('remembers each nonce for 601 s, and none for twice as long, at any times', () => {
    const claims = fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 400 })), {
      maxLength: 80,
    })
    fc.assert(
      fc.property(claims, (steps) => {
        let now = 5_000
        const memory = new NonceMemory({ now: () => now })
        const takenAt = new Map<string, number>()
        for (const [number, seconds] of steps) {
          now += seconds * 1_000
          const nonce = `${number}`
          const age = now - (takenAt.get(nonce) ?? Number.NEGATIVE_INFINITY)
          const fresh = memory.add(hashOf(nonce))
          if (age < 601_000) expect(fresh).toBe(false)
          if (age >= 1_202_000) expect(fresh).toBe(true)
          if (fresh) takenAt.set(nonce, now)
        }
      }),
    )
  })

  it('goes on where a stopped process ended', () => {
    let now = 0
    const before = new NonceMemory({ now: () => now })
    before.add(hashOf('a'))
    now = 601_000
    before.add(hashOf('b'))
    now = 901_000
    const { currentAgeMs, ...sets } = before.generations()
    expect(currentAgeMs).toBe(300_000)

    now = 50
    const after = new NonceMemory({ now: () => now, restored: { currentAgeMs, ...sets } })
    expect([after.add(hashOf('a')), after.add(hashOf('b'))]).toEqual([false, false])
    now = 50 + 301_000
    expect([after.add(hashOf('b')), after.add(hashOf('a'))]).toEqual([false, true])
  })

  it('refuses new nonces when it is full, still knows the old ones, and says when to come again', () => {
    let now = 0
    const memory = new NonceMemory({ now: () => now, maxPerSpan: 2 })
    memory.add(hashOf('a'))
    memory.add(hashOf('b'))
    now = 100_000
    const refused = expect.objectContaining({ code: 'COORDINATION_UNAVAILABLE', retryAfterSeconds: 501 })
    expect(() => memory.add(hashOf('c'))).toThrow(refused)
    expect(memory.add(hashOf('a'))).toBe(false)
    now = 601_000
    expect(memory.add(hashOf('c'))).toBe(true)
    expect(memory.add(hashOf('a'))).toBe(false)
  })
})

describe('the nonce set', () => {
  it('holds what was added and nothing else, while its tables grow', () => {
    const set = new NonceSet()
    const numbers = Array.from({ length: 100_000 }, (_, number) => hashOf(`${number}`))
    const others = Array.from({ length: 20_000 }, (_, number) => hashOf(`other ${number}`))
    expect(numbers.filter((entry) => set.add(entry))).toHaveLength(numbers.length)
    expect(numbers.filter((entry) => set.has(entry))).toHaveLength(numbers.length)
    expect(numbers.filter((entry) => set.add(entry))).toHaveLength(0)
    expect(others.filter((entry) => set.has(entry))).toHaveLength(0)
    expect(set.size).toBe(100_000)
  })

  it('takes at most 20 bytes an entry once it is large', () => {
    const set = new NonceSet()
    for (let number = 0; number < 150_000; number++) set.add(hashOf(`${number}`))
    const bytes = set.stored().reduce((sum, shard) => sum + shard.words.byteLength, 0)
    expect(bytes / set.size).toBeLessThanOrEqual(20)
  })

  it('gives memory back at once when a table grows, and when it is cleared', () => {
    const set = new NonceSet()
    const tables = () => set.stored().map(({ words }) => words)
    for (let number = 0; number < 10_000; number++) set.add(hashOf(`${number}`))
    const small = tables()
    for (let number = 10_000; number < 100_000; number++) set.add(hashOf(`${number}`))
    const large = tables()
    expect(small.filter(({ buffer }) => !buffer.detached)).toEqual([])
    expect(large.filter(({ buffer }) => buffer.detached)).toEqual([])
    set.clear()
    expect(large.filter(({ buffer }) => !buffer.detached)).toEqual([])
    expect([set.size, set.has(hashOf('1')), set.add(hashOf('1')), set.size]).toEqual([0, false, true, 1])
  })

  it('tells hashes apart that differ in one half, or share their slot', () => {
    const set = new NonceSet()
    const hashes = [0, 1, 0xffff_ffff].flatMap((high) => [1, 17, 33, 0xffff_ffff].map((low) => ({ low, high })))
    for (const entry of hashes) expect(set.add(entry)).toBe(true)
    for (const entry of hashes) expect(set.add(entry)).toBe(false)
    expect(set.size).toBe(hashes.length)
  })
})

describe('the nonce hash', () => {
  it('depends on the key', () => {
    const claim = { appKey: 'tenant-a.key', nonce: 'n', timestamp: 1 }
    expect(nonceHasher(new Uint8Array(16))(claim)).toEqual(hash(claim))
    expect(nonceHasher(new Uint8Array(16).fill(1))(claim)).not.toEqual(hash(claim))
  })
})
