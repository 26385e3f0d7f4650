import { randomBytes } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { type AppKeyName, parseAccountId, parseRecordId } from '@mtls-gateway/domain'
import { AppKeyMacs, type MacKey, newAppKeyId } from '../src/index.ts'

const accountId = parseAccountId('le123')
const macKey = (number: number): MacKey => ({ number, key: randomBytes(32) })
const first = macKey(1)

/** With a clock that a test moves, and a counter of reads from the store. */
function macsWith({ oldKeys = 'accept', stored = [first] }: { oldKeys?: 'accept' | 'refuse'; stored?: MacKey[] } = {}) {
  const state = { now: 0, looks: 0, stored, failure: undefined as Error | undefined }
  const load = async () => {
    state.looks++
    if (state.failure !== undefined) throw state.failure
    return state.stored
  }
  return { state, macs: new AppKeyMacs({ load, oldKeys, clock: () => state.now }) }
}

function made(by: MacKey = first, account = accountId): AppKeyName {
  return { accountId: account, id: newAppKeyId(account, by) }
}

function named(id: string): AppKeyName {
  return { accountId, id: parseRecordId(id) }
}

/** One character of the text, replaced by another one of base64url. */
function changedAt(text: string, at: number): string {
  return text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1)
}

describe('an app key with a MAC', () => {
  it('is known without a look at the store once the MAC keys are there', async () => {
    const { macs, state } = macsWith()
    macs.learn([first])
    expect(macs.mayExist(made())).toBe(true)
    expect(state.looks).toBe(0)
  })

  it('is told by the keys that the store has now, after those before were forgotten', async () => {
    const restored = macKey(1)
    const { macs, state } = macsWith({ stored: [restored] })
    macs.learn([first])
    expect([macs.mayExist(made(first)), macs.mayExist(made(restored))]).toEqual([true, false])
    macs.forget()
    expect(await macs.mayExist(made(restored))).toBe(true)
    expect([macs.mayExist(made(first)), state.looks]).toEqual([false, 1])
  })

  it('is not told by an answer of the store from before those keys were forgotten, however late that comes', async () => {
    const [restored, early, asked] = [macKey(1), Promise.withResolvers<MacKey[]>(), Promise.withResolvers<MacKey[]>()]
    const answers = [early.promise, asked.promise]
    const macs = new AppKeyMacs({ load: async () => (await answers.shift()) ?? [restored], oldKeys: 'refuse' })
    macs.prefetch()
    const waiting = macs.mayExist(made(restored))
    const { generation } = macs
    macs.forget()
    for (const { resolve } of [early, asked]) resolve([first])
    expect(await waiting).toBe(true)
    macs.forget()
    macs.learn([first], generation)
    macs.learn([restored])
    expect([macs.mayExist(made(restored)), macs.mayExist(made(first))]).toEqual([true, false])
  })

  it('is another one each time, in 44 characters', () => {
    const ids = Array.from({ length: 100 }, () => made().id)
    expect(new Set(ids).size).toBe(100)
    expect(ids.every((id) => /^[A-Za-z0-9_-]{44}$/.test(id))).toBe(true)
  })

  it('is told by every character, and by its account', () => {
    const { macs } = macsWith()
    macs.learn([first])
    const { id } = made()
    // The first two characters name the MAC key: changed, they name one that is not held.
    for (let at = 2; at < id.length; at++) expect(macs.mayExist(named(changedAt(id, at)))).toBe(false)
    expect(macs.mayExist({ accountId: parseAccountId('le124'), id })).toBe(false)
    expect(macs.mayExist(made(macKey(1)))).toBe(false)
  })

  it('is not mistaken where account and id could be cut otherwise', () => {
    const { macs } = macsWith()
    macs.learn([first])
    const { id } = made(first, parseAccountId('a-b'))
    expect(macs.mayExist({ accountId: parseAccountId('a'), id })).toBe(false)
  })

  it('counts with an older and a newer MAC key', async () => {
    const second = macKey(2)
    const { macs, state } = macsWith()
    macs.learn([first])
    state.stored = [first, second]
    expect(await macs.mayExist(made(second))).toBe(true)
    expect(macs.mayExist(made())).toBe(true)
    expect(macs.mayExist(made(second))).toBe(true)
    expect(state.looks).toBe(1)
  })
})

describe('app keys that somebody invents', () => {
  it('cost no look at the store, of whatever length they are', async () => {
    const { macs, state } = macsWith({ oldKeys: 'refuse' })
    macs.learn([first])
    for (let n = 0; n < 1_000; n++) {
      const forged = Buffer.concat([Buffer.of(1), randomBytes(32)]).toString('base64url')
      expect(macs.mayExist(named(forged))).toBe(false)
    }
    for (let length = 1; length <= 64; length++) {
      if (length !== 44) expect(macs.mayExist(named('A'.repeat(length)))).toBe(false)
    }
    expect(state.looks).toBe(0)
  })

  it('cost one look in 5 s where they name MAC keys that there are not', async () => {
    const { macs, state } = macsWith()
    macs.learn([first])
    const invented = () => named(Buffer.concat([Buffer.of(9), randomBytes(32)]).toString('base64url'))
    const answers = await Promise.all(Array.from({ length: 500 }, () => macs.mayExist(invented())))
    expect(answers).not.toContain(true)
    expect(await macs.mayExist(invented())).toBe(false)
    state.now = 4_999
    expect(await macs.mayExist(invented())).toBe(false)
    expect(state.looks).toBe(1)
    state.now = 5_000
    expect(await macs.mayExist(invented())).toBe(false)
    expect(state.looks).toBe(2)
  })
})

describe('an app key without a MAC', () => {
  it.each([
    ['accept', true],
    ['refuse', false],
  ] as const)('is left to the store or refused, as the operator says: %s', (oldKeys, expected) => {
    const { macs, state } = macsWith({ oldKeys })
    expect(macs.mayExist(named(randomBytes(16).toString('base64url')))).toBe(expected)
    expect(state.looks).toBe(0)
  })

  it('has 22 characters: no other length was ever made', () => {
    const { macs } = macsWith()
    for (const length of [1, 4, 21, 23, 43, 45, 64]) expect(macs.mayExist(named('A'.repeat(length)))).toBe(false)
  })
})

describe('a store that is away', () => {
  it('at the start is asked again by the first who needs it', async () => {
    const { macs, state } = macsWith()
    state.failure = new Error('away')
    macs.prefetch()
    await expect(async () => macs.mayExist(made())).rejects.toThrow('away')
    state.failure = undefined
    state.now = 500
    expect(await macs.mayExist(made())).toBe(true)
  })

  it('is not asked again by each request that fails for it', async () => {
    const { macs, state } = macsWith()
    state.failure = new Error('away')
    for (let n = 0; n < 10; n++) await expect(async () => macs.mayExist(made())).rejects.toThrow('away')
    expect(state.looks).toBe(1)
    state.now = 500
    await expect(async () => macs.mayExist(made())).rejects.toThrow('away')
    expect(state.looks).toBe(2)
  })

  it('may have had no MAC key at the start: the first app key is known at once nevertheless', async () => {
    const { macs, state } = macsWith({ stored: [] })
    macs.prefetch()
    await new Promise(setImmediate)
    state.stored = [first]
    expect(await macs.mayExist(made())).toBe(true)
  })
})
