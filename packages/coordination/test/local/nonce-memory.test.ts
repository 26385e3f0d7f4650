import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { NonceMemory, nonceHasher } from '../../src/local/nonce-memory.ts'

const hash = nonceHasher(new Uint8Array(16))
const hashOf = (nonce: string) => hash({ appKey: 'tenant-a.key', nonce, timestamp: 0 })

describe('the nonce memory', () => {
  it('takes no nonce twice while its timestamp is accepted, also if the clock is set back once', () => {
    const claim = fc.record({
      seconds: fc.integer({ min: 0, max: 400 }),
      skew: fc.integer({ min: -300, max: 300 }),
      setBack: fc.constant(0),
    })
    const steps = fc.tuple(
      fc.array(claim, { maxLength: 40 }),
      claim.chain((last) => fc.integer({ min: 1, max: 600 }).map((setBack) => ({ ...last, setBack }))),
      fc.array(claim, { maxLength: 40 }),
    )
    fc.assert(
      fc.property(steps, ([before, setBack, after]) => {
        let [now, clock] = [5_000, 1_000_000]
        const memory = new NonceMemory({ now: () => now })
        const taken = new Map<string, number>()
        for (const [index, step] of [...before, setBack, ...after].entries()) {
          now += step.seconds * 1_000
          clock += step.seconds - step.setBack
          const fresh = memory.add(clock + step.skew, hashOf(`${index}`))
          // What is new may be refused only by a clock that was set back.
          if (index < before.length) expect(fresh).toBe(true)
          for (const [nonce, timestamp] of taken) {
            if (Math.abs(timestamp - clock) <= 300) expect(memory.add(timestamp, hashOf(nonce))).toBe(false)
          }
          if (fresh) taken.set(`${index}`, clock + step.skew)
        }
        now += 601_000
        memory.add(clock + 1_201, hashOf('another'))
        expect(memory.stored()).toHaveLength(1)
      }),
    )
  })

  it('has room for 10,300 a second, whatever old timestamps somebody goes on to claim', () => {
    let now = 0
    const memory = new NonceMemory({ most: 10 * 601, now: () => now })
    const add = (timestamp: number, nonce: string) => memory.add(timestamp, hashOf(nonce))
    for (let second = 1_000; second < 3_000; second++) {
      now = second * 1_000
      expect(add(second - 299, `old ${second}`)).toBe(true)
      for (let number = 0; number < 9; number++) expect(add(second, `${second} ${number}`)).toBe(true)
    }
  })

  it('goes on where a stopped process ended', () => {
    const before = new NonceMemory()
    const claims = Array.from({ length: 200 }, (_, index) => [1 + (index % 3), hashOf(`${index}`)] as const)
    for (const claim of claims) before.add(...claim)
    let now = 50
    const after = new NonceMemory({ now: () => now, most: 201 })
    for (const nonces of before.stored()) after.restore(nonces)
    now += 600_000
    expect(claims.filter((claim) => after.add(...claim))).toEqual([])
    // It knows how many it has.
    expect(after.add(1, hashOf('new'))).toBe(true)
    expect(() => after.add(1, hashOf('another'))).toThrow(expect.objectContaining({ code: 'COORDINATION_UNAVAILABLE' }))
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

  it('keeps its tables small, so that none takes long to grow, if all have the same timestamp', () => {
    const memory = new NonceMemory()
    for (let number = 0; number < 100_000; number++) memory.add(1, hashOf(`${number}`))
    expect(Math.max(...memory.stored().map(({ words }) => words.length))).toBeLessThanOrEqual(2 * 16_384)
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
    expect(memory.add(11, hashOf('1'))).toBe(true)
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
