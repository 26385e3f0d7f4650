import { describe, expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import { type FetchToken, TargetTokens } from '../src/index.ts'

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
  const tokens = new TargetTokens({ now: () => now, random: () => 0 })
  let given = 0
  return {
    tokens,
    get: (of = use) => tokens.get(of, fetch),
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
      waiting.at(-1)?.reject(new Error(message))
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
    const { get, answer, asked, tokens } = endpoint()
    const all = Array.from({ length: 1_000 }, () => get())
    expect(asked()).toBe(1)
    await answer()
    expect(new Set(await Promise.all(all))).toEqual(new Set(['t1']))
    expect(get()).toBe('t1')
    expect(asked()).toBe(1)
    tokens.close()
  })

  it('is renewed before it ends while calls use it, and none waits', async () => {
    const { get, answer, asked, pass, tokens } = await withToken(100)
    pass(69)
    expect([get(), asked()]).toEqual(['t1', 1])
    pass(1)
    expect([get(), get(), asked()]).toEqual(['t1', 't1', 2])
    await answer()
    expect([get(), asked()]).toEqual(['t2', 2])
    tokens.close()
  })

  it('is waited for where it has ended', async () => {
    const { get, answer, pass, asked, tokens } = await withToken(1)
    pass(1)
    const next = get()
    expect(asked()).toBe(2)
    await answer()
    expect(await next).toBe('t2')
    tokens.close()
  })

  it('is used as long as it is good while its endpoint fails, which rests longer each time', async () => {
    const { get, fail, pass, asked, tokens } = await withToken(1_000)
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
    tokens.close()
  })

  it('is not asked for by each call while the endpoint is down', async () => {
    const { get, fail, pass, asked, answer, tokens } = endpoint()
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
    tokens.close()
  })

  it('is renewed once where the target refuses it, and not again for a minute', async () => {
    const { get, answer, asked, pass, tokens } = await withToken('unsaid')
    pass(1_000_000)
    expect([get(), asked()]).toEqual(['t1', 1])
    tokens.refused(use, 't1')
    tokens.refused(use, 't1')
    const second = get()
    await answer('unsaid')
    expect([await second, asked()]).toEqual(['t2', 2])
    // Somebody who got the first one says so late; and the second is refused as well.
    tokens.refused(use, 't1')
    tokens.refused(use, 't2')
    expect([get(), asked()]).toEqual(['t2', 2])
    pass(60)
    tokens.refused(use, 't2')
    void get()
    expect(asked()).toBe(3)
    await answer()
    tokens.close()
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
    tokens.close()
  })

  it('takes the place of the one that was not used for longest where an account has 256', async () => {
    const { get, answer, asked, tokens } = endpoint()
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
    tokens.close()
  })

  it('is renewed ahead by itself where it was used, and left to end where it was not', async () => {
    let asked = 0
    const tokens = new TargetTokens()
    const get = () => tokens.get(use, async () => ({ token: `t${++asked}`, expiresIn: 0.2 }))
    await get()
    get()
    while (asked < 2) await new Promise((resolve) => setTimeout(resolve, 10))
    // Nobody has used the second one.
    await new Promise((resolve) => setTimeout(resolve, 600))
    expect(asked).toBe(2)
    tokens.close()
  })
})
