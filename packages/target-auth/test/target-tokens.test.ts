import { mock } from 'node:test'
import { describe, expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import { type FetchToken, TargetTokens, TokenFailure } from '../src/index.ts'

const accountId = parseAccountId('le1')
const use = { accountId, key: 'k' }

/** An endpoint whose answers come when they are let, and a clock that stands still. */
function endpoint() {
  let now = 1_000_000
  const waiting: PromiseWithResolvers<{ token: string; expiresIn: number | undefined }>[] = []
  const fetch: FetchToken = () => {
    const next = Promise.withResolvers<{ token: string; expiresIn: number | undefined }>()
    waiting.push(next)
    return next.promise
  }
  const tokens = new TargetTokens({ maxBytes: 1_000_000, chance: { now: () => now, random: () => 0 } })
  let given = 0
  return {
    tokens,
    get: (of = use) => tokens.get(of, fetch),
    prepare: (of = use) => tokens.prepare(of, fetch),
    asked: () => waiting.length,
    pass: (seconds: number) => {
      now += seconds * 1_000
    },
    /** The last request, and all that waits for it. */
    answer: async (life: number | 'unsaid' = 100) => {
      given += 1
      waiting.at(-1)?.resolve({ token: `t${given}`, expiresIn: life === 'unsaid' ? undefined : life })
      await new Promise(setImmediate)
    },
    fail: async (message = 'down') => {
      waiting.at(-1)?.reject(new TokenFailure('TOKEN_ENDPOINT_MALFORMED', message))
      await new Promise(setImmediate)
    },
  }
}

async function withToken(life?: number | 'unsaid') {
  const one = endpoint()
  const first = one.get()
  await one.answer(life)
  await first
  return one
}

describe('a token of a target', () => {
  it('is asked for once by a thousand calls at once, and kept', async () => {
    const { get, answer, asked } = endpoint()
    const all = Array.from({ length: 1_000 }, () => get())
    expect(asked()).toBe(1)
    await answer()
    expect(new Set(await Promise.all(all))).toEqual(new Set(['t1']))
    expect(get()).toBe('t1')
    expect(asked()).toBe(1)
  })

  it('is renewed before it ends while calls use it, and none waits', async () => {
    const { get, answer, asked, pass } = await withToken(100)
    pass(69)
    expect([get(), asked()]).toEqual(['t1', 1])
    pass(1)
    expect([get(), get(), asked()]).toEqual(['t1', 't1', 2])
    await answer()
    expect([get(), asked()]).toEqual(['t2', 2])
  })

  it.each([1e12, 1e300, Number.MAX_VALUE])('lasts a year at most, also where it is said to last %d s', async (life) => {
    const { tokens } = await withToken(life)
    const state = tokens.stateOf(use)
    expect(state).toEqual({ state: 'held', until: 1_000_000 + 365 * 86_400_000 })
  })

  it('is waited for where it has ended', async () => {
    const { get, answer, pass, asked } = await withToken(1)
    pass(1)
    const next = get()
    expect(asked()).toBe(2)
    await answer()
    expect(await next).toBe('t2')
  })

  it('is used as long as it is good while its endpoint fails, which rests longer each time', async () => {
    const { get, fail, pass, asked } = await withToken(1_000)
    pass(900)
    expect([get(), asked()]).toEqual(['t1', 2])
    await fail()
    for (let i = 0; i < 10; i++) expect(get()).toBe('t1')
    expect(asked()).toBe(2)
    pass(1)
    expect([get(), asked()]).toEqual(['t1', 3])
    await fail()
    pass(1)
    expect([get(), asked()]).toEqual(['t1', 3])
    pass(1)
    expect([get(), asked()]).toEqual(['t1', 4])
    await fail()
    pass(97)
    // It has ended.
    const refused = expect(get()).rejects.toThrow('still down')
    await fail('still down')
    await refused
    expect(() => get()).toThrow('still down')
  })

  it('is not asked for by each call while the endpoint is down', async () => {
    const { get, fail, pass, asked, answer } = endpoint()
    const refused = expect(get()).rejects.toThrow('down')
    await fail()
    await refused
    for (let i = 0; i < 100; i++) expect(() => get()).toThrow('down')
    expect(asked()).toBe(1)
    pass(1)
    const second = get()
    expect(asked()).toBe(2)
    await answer()
    expect(await second).toBe('t1')
  })

  it('is renewed once where the target refuses it, and not again for a minute', async () => {
    const { get, answer, asked, pass, tokens } = await withToken('unsaid')
    pass(1_000_000)
    expect([get(), asked()]).toEqual(['t1', 1])
    tokens.refused(use, 't1')
    tokens.refused(use, 't1')
    const second = [get(), get()]
    await answer('unsaid')
    expect([await Promise.all(second), asked()]).toEqual([['t2', 't2'], 2])
    // Somebody who got the first one says so late; and the second is refused as well.
    tokens.refused(use, 't1')
    tokens.refused(use, 't2')
    expect([get(), asked()]).toEqual(['t2', 2])
    pass(60)
    tokens.refused(use, 't2')
    const third = get()
    await answer()
    expect([await third, asked()]).toEqual(['t3', 3])
  })

  it('is still used where the target refuses it and its endpoint gives no other', async () => {
    const { get, fail, asked, pass, tokens } = await withToken('unsaid')
    tokens.refused(use, 't1')
    const next = get()
    await fail()
    expect([await next, asked()]).toEqual(['t1', 2])
    for (let i = 0; i < 10; i++) expect(get()).toBe('t1')
    expect(asked()).toBe(2)
    pass(1)
    const later = get()
    expect(asked()).toBe(3)
    await fail()
    expect(await later).toBe('t1')
  })

  it('of no life at all is used for a second', async () => {
    const { get, answer, asked, pass } = await withToken(0)
    for (let i = 0; i < 10; i++) expect(get()).toBe('t1')
    pass(1)
    const next = get()
    await answer(0)
    expect([await next, asked()]).toEqual(['t2', 2])
  })

  it('is asked for again at once where it was not the endpoint that failed', async () => {
    const tokens = new TargetTokens({ maxBytes: 1_000_000 })
    let isDown = true
    const fetch: FetchToken = async () => {
      if (isDown) throw new Error('the store is down')
      return { token: 't', expiresIn: 100 }
    }
    await expect(tokens.get(use, fetch)).rejects.toThrow('the store is down')
    isDown = false
    expect(await tokens.get(use, fetch)).toBe('t')
  })

  it('is renewed in time where the clock of the host was set back', async () => {
    const tokens = new TargetTokens({ maxBytes: 1_000_000 })
    let given = 0
    const fetch: FetchToken = async () => ({ token: `t${++given}`, expiresIn: 100 })
    expect(await tokens.get(use, fetch)).toBe('t1')
    const [date, steady] = [Date.now() - 3_600_000, performance.now() + 100_000]
    const clocks = [mock.method(Date, 'now', () => date), mock.method(performance, 'now', () => steady)]
    try {
      expect(await tokens.get(use, fetch)).toBe('t2')
    } finally {
      for (const clock of clocks) clock.mock.restore()
    }
  })

  it('is never that of another account or use, and is forgotten with what it was for', async () => {
    const { get, answer, asked, tokens } = await withToken()
    const other = get({ accountId: parseAccountId('le2'), key: 'k' })
    await answer()
    const second = get({ accountId, key: 'l' })
    await answer()
    expect([get(), await other, await second, asked()]).toEqual(['t1', 't2', 't3', 3])
    tokens.retain(accountId, (key) => key === 'l')
    void get()
    expect(asked()).toBe(4)
    await answer()
    expect(get({ accountId: parseAccountId('le2'), key: 'k' })).toBe('t2')
  })

  it('takes the place of the one that was not used for longest where an account has 256', async () => {
    const { get, answer, asked } = endpoint()
    for (let i = 0; i < 256; i++) {
      void get({ accountId, key: `${i}` })
      await answer('unsaid')
    }
    get({ accountId, key: '0' })
    void get({ accountId, key: 'one more' })
    await answer('unsaid')
    const before = asked()
    get({ accountId, key: '0' })
    expect(asked()).toBe(before)
    void get({ accountId, key: '1' })
    expect(asked()).toBe(before + 1)
    await answer()
  })

  it('is not kept where it comes after it was forgotten', async () => {
    const { get, answer, asked, tokens } = endpoint()
    const first = get()
    tokens.retain(accountId, () => false)
    await answer('unsaid')
    expect(await first).toBe('t1')
    expect(tokens.bytes).toBe(0)
    const second = get()
    expect(asked()).toBe(2)
    await answer()
    expect(await second).toBe('t2')
  })

  it('is there before a call needs it where it was prepared, and renewed while one is held', async () => {
    const { get, prepare, answer, asked } = endpoint()
    prepare()
    prepare()
    const early = get()
    expect(asked()).toBe(1)
    await answer()
    expect([await early, get(), asked()]).toEqual(['t1', 't1', 1])
    prepare()
    expect(get()).toBe('t1')
    await answer()
    expect([get(), asked()]).toEqual(['t2', 2])
  })

  it('is asked for by the call where it could not be prepared', async () => {
    const { get, prepare, fail, answer, asked, tokens } = endpoint()
    prepare()
    const early = get()
    await fail()
    expect([asked(), tokens.stateOf(use)]).toEqual([2, { state: 'none' }])
    await answer()
    expect(await early).toBe('t1')
  })

  it('says what is known of it, without asking', async () => {
    const { get, answer, fail, pass, asked, tokens } = endpoint()
    expect([tokens.stateOf(use), asked()]).toEqual([undefined, 0])
    const refused = expect(get()).rejects.toThrow('down')
    await fail()
    await refused
    expect(tokens.stateOf(use)).toMatchObject({ state: 'failed', failure: { message: 'down' } })
    pass(1)
    void get()
    await answer(100)
    expect(tokens.stateOf(use)).toEqual({ state: 'held', until: 1_101_000 })
    pass(100)
    expect([tokens.stateOf(use), asked()]).toEqual([{ state: 'none' }, 2])
  })

  it('takes no more room than there is, from whoever has the most', async () => {
    const tokens = new TargetTokens({ maxBytes: 100_000 })
    const hold = (account: string, key: string) =>
      tokens.get({ accountId: parseAccountId(account), key }, async () => ({
        token: 't'.repeat(10_000),
        expiresIn: 100,
      }))
    await hold('small', 'k')
    for (let i = 0; i < 50; i++) await hold('large', `${i}`)
    expect(tokens.bytes).toBeLessThan(100_000)
    expect(tokens.bytes).toBeGreaterThan(50_000)
    expect(hold('small', 'k')).not.toBeInstanceOf(Promise)
    expect(hold('large', '49')).not.toBeInstanceOf(Promise)
    expect(hold('large', '0')).toBeInstanceOf(Promise)
  })

  it('takes no more room than there is where no endpoint gives any', async () => {
    const tokens = new TargetTokens({ maxBytes: 100_000 })
    const fails: FetchToken = () => Promise.reject(new TokenFailure('TOKEN_ENDPOINT_MALFORMED', 'down'))
    for (let i = 0; i < 100; i++) {
      const [key, other] = [`${i}`.padEnd(2_000), `other ${i}`].map((each) => ({
        accountId: parseAccountId(`le${i}`),
        key: each,
      }))
      if (key === undefined || other === undefined) throw new TypeError('there are two')
      await expect(tokens.get(key, fails)).rejects.toThrow('down')
      tokens.prepare(other, fails)
      expect(tokens.bytes).toBeLessThanOrEqual(100_000)
    }
    tokens.retain(parseAccountId('le99'), () => false)
    for (let i = 0; i < 99; i++) tokens.retain(parseAccountId(`le${i}`), () => false)
    expect(tokens.bytes).toBe(0)
  })

  it('is left to the call where preparing it would take the place of one that calls use', async () => {
    const { get, prepare, answer, asked } = endpoint()
    for (let i = 0; i < 256; i++) {
      const first = get({ accountId, key: `${i}` })
      await answer()
      await first
    }
    prepare({ accountId, key: 'staged' })
    expect(asked()).toBe(256)
    prepare({ accountId, key: '0' })
    expect(asked()).toBe(257)
    for (let i = 0; i < 256; i++) expect(get({ accountId, key: `${i}` })).not.toBeInstanceOf(Promise)
  })
})
