import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import { Targets, type TargetsOptions } from '../../../src/forward/targets/targets.ts'

const account = parseAccountId('le123')
const other = parseAccountId('le456')
const bank = 'https://bank.example:443'
const shop = 'https://shop.example:443'

let now: number
let events: string[]
let targets: Targets

beforeEach(() => {
  open({})
})

function open(options: Partial<TargetsOptions>): void {
  now = 0
  events = []
  targets = new Targets({
    limits: { accountMaxCalls: 6, accountCallQueue: 4, accountQueueTimeoutMs: 5_000 },
    circuits: { failures: 3, firstPauseMs: 1_000, longestPauseMs: 4_000 },
    now: () => now,
    onOpened: (...told) => events.push(`opened ${told.join(' ')}`),
    onClosed: (...told) => events.push(`closed ${told.join(' ')}`),
    ...options,
  })
}

type Caller = EventEmitter<{ close: [] }>

/** All have left when a test is over. */
const callers: Caller[] = []
afterEach(() => {
  for (const caller of callers.splice(0)) caller.emit('close')
})

function newCaller(): Caller {
  const caller: Caller = new EventEmitter()
  callers.push(caller)
  return caller
}

/** What a call meets. Not awaited where it goes out at once. */
function enter(origin: string, of = account, caller = newCaller()): unknown {
  try {
    const entered = targets.of(of, origin).enter(caller)
    // Whoever wants to know how it ends waits for it.
    if (entered instanceof Promise) entered.catch(() => {})
    return entered
  } catch (error) {
    return error
  }
}

/** Whether a call is sent. It leaves at once. */
function goOut(): boolean {
  const entered = enter(bank)
  if (typeof entered !== 'number') return false
  const target = targets.of(account, bank)
  try {
    target.goesOut()
    return true
  } catch {
    return false
  } finally {
    target.leave(entered)
  }
}

const tooMany = { code: 'TOO_MANY_CALLS', retryAfterSeconds: 1 }
const isOpen = { code: 'TARGET_CIRCUIT_OPEN' }

function fail(times: number, code = 'ECONNREFUSED' as const): void {
  for (let n = 0; n < times; n++) targets.of(account, bank).failed(code)
}

describe('targets of an account', () => {
  it('may have as many calls as the account has left: half, or a third each', () => {
    expect([1, 2, 3].map(() => enter(bank))).toEqual([0, 0, 0])
    expect(targets.state().busiest).toBe(3)
    expect(enter(bank)).toBeInstanceOf(Promise)
    expect([1, 2].map(() => enter(shop))).toEqual([0, 0])
    expect(enter(shop)).toBeInstanceOf(Promise)
    expect(enter('https://third.example:443')).toBe(0)
    // One that has nothing always gets a place here: the pool of all accounts decides.
    expect(enter('https://fourth.example:443')).toBe(0)
    expect(enter(bank, other)).toBe(0)
  })

  it('line up in the order of arrival, and each is served when there is room for it', async () => {
    const told: string[] = []
    for (let n = 0; n < 3; n++) enter(bank)
    const waiting = [1, 2].map(async (n) => {
      await enter(bank)
      told.push(`bank ${n}`)
    })
    enter(shop)
    targets.of(account, bank).leave(0)
    await waiting[0]
    expect(told).toEqual(['bank 1'])
    targets.of(account, bank).leave(0)
    await waiting[1]
    expect(told).toEqual(['bank 1', 'bank 2'])
    expect(targets.state().busiest).toBe(3)
  })

  it('have as many places in the line as the account has left', async () => {
    for (let n = 0; n < 3; n++) enter(bank)
    const caller = newCaller()
    const waiting = [1, 2].map(() => expect(enter(bank, account, caller)).rejects.toMatchObject(tooMany))
    expect(targets.state().waiting).toBe(2)
    expect(enter(bank)).toMatchObject({ ...tooMany, details: { target: bank } })
    caller.emit('close')
    await Promise.all(waiting)
    expect(targets.state().refusedByLimit).toBe(3)
    expect(enter(bank)).toBeInstanceOf(Promise)
  })

  it('are refused after some time in the line', async () => {
    open({ limits: { accountMaxCalls: 1, accountCallQueue: 4, accountQueueTimeoutMs: 10 } })
    enter(bank)
    await expect(enter(bank)).rejects.toMatchObject(tooMany)
  })

  it('are forgotten when they have been idle, and those with failures later', () => {
    const idle = targets.of(account, shop)
    idle.leave(Number(enter(shop)))
    fail(3)
    for (let look = 0; look < 4; look++) {
      now += 60_001
      targets.state()
    }
    expect(targets.of(account, shop)).not.toBe(idle)
    expect(targets.state().openCircuits).toBe(1)
    for (let look = 0; look < 10; look++) {
      now += 60_001
      targets.state()
    }
    expect(targets.state().openCircuits).toBe(0)
    expect(enter(bank)).toBe(0)
  })

  it('are not forgotten while they have calls', () => {
    enter(bank)
    for (let look = 0; look < 20; look++) {
      now += 60_001
      targets.state()
    }
    expect(targets.state().busiest).toBe(1)
  })
})

describe('the circuit of a target', () => {
  it('opens after so many failures in a row, for its account alone', () => {
    fail(2)
    targets.of(account, bank).answered()
    fail(2)
    expect(enter(bank)).toBe(0)
    fail(1)
    expect(enter(bank)).toMatchObject({
      ...isOpen,
      message: expect.stringContaining(`${bank} failed several times in a row, last with ECONNREFUSED`),
      details: { target: bank, transportCode: 'ECONNREFUSED', retryAt: expect.any(String) },
      retryAfterSeconds: 1,
    })
    expect(enter(shop)).toBe(0)
    expect(enter(bank, other)).toBe(0)
    expect(events).toEqual([`opened le123 ${bank} ECONNREFUSED`])
    expect(targets.state()).toMatchObject({ openCircuits: 1, opened: 1, closed: 0, refusedByCircuit: 1 })
  })

  it('lets one call through after each pause, which doubles', () => {
    fail(3)
    const probes = []
    for (now = 0; now < 16_000; now += 100) {
      for (let n = 0; n < 3; n++) if (goOut()) probes.push(now)
    }
    expect(probes).toEqual([1_000, 3_000, 7_000, 11_000, 15_000])
  })

  it('closes with the first answer, of whatever call', () => {
    fail(3)
    now = 1_000
    expect([goOut(), goOut()]).toEqual([true, false])
    targets.of(account, bank).failed('TIMEOUT')
    expect(enter(bank)).toMatchObject({ details: { transportCode: 'TIMEOUT' }, retryAfterSeconds: 2 })
    targets.of(account, bank).answered()
    expect([enter(bank), enter(bank)]).toEqual([1, 1])
    expect(events).toEqual([`opened le123 ${bank} ECONNREFUSED`, `closed le123 ${bank}`])
    targets.of(account, bank).leave(1)
    fail(2)
    expect(enter(bank)).toBe(1)
  })

  it('keeps its probe for a call that is sent, whatever is refused before', () => {
    fail(3)
    now = 1_000
    const refused = targets.of(account, bank)
    for (let n = 0; n < 10; n++) refused.leave(Number(enter(bank)))
    expect([goOut(), goOut()]).toEqual([true, false])
  })

  it('lets the next call through where the caller of the probe has left', () => {
    fail(3)
    now = 1_000
    expect(goOut()).toBe(true)
    targets.of(account, bank).abandoned()
    expect([goOut(), goOut()]).toEqual([true, false])
    targets.of(account, bank).answered()
    targets.of(account, bank).abandoned()
    expect(targets.state().openCircuits).toBe(0)
  })

  it('leaves the account a quarter, however often the target answers and hangs again', () => {
    open({ limits: { accountMaxCalls: 200, accountCallQueue: 0, accountQueueTimeoutMs: 10 } })
    for (let round = 0; round < 20; round++) {
      while (enter(bank) === round);
      for (let n = 0; n < 3; n++) targets.of(account, bank).hangs()
      enter(bank)
      targets.of(account, bank).answered()
    }
    expect(targets.state().busiest).toBe(150)
  })

  it('does not open for calls that hang while there is room: the target may only be slow', () => {
    for (let n = 0; n < 3; n++) targets.of(account, bank).hangs()
    expect([enter(bank), enter(bank)]).toEqual([0, 0])
    targets.of(account, bank).answered()
    expect(enter(bank)).toBe(0)
    expect(enter(bank)).toBeInstanceOf(Promise)
  })

  it('opens for calls that hang when there is no room left', () => {
    for (let n = 0; n < 3; n++) enter(bank)
    for (let n = 0; n < 3; n++) targets.of(account, bank).hangs()
    expect(enter(bank)).toMatchObject({ ...isOpen, details: { transportCode: 'TIMEOUT' } })
    now = 1_000
    expect(enter(bank)).toBe(1)
  })

  it('opens for calls that hang when the time of one is over', () => {
    for (let n = 0; n < 2; n++) targets.of(account, bank).hangs()
    targets.of(account, bank).gaveUp()
    expect(enter(bank)).toBe(0)
    targets.of(account, bank).hangs()
    targets.of(account, bank).gaveUp()
    expect(enter(bank)).toMatchObject(isOpen)
  })

  it('refuses those that wait when it opens', async () => {
    for (let n = 0; n < 3; n++) enter(bank)
    const waiting = expect(enter(bank)).rejects.toMatchObject(isOpen)
    fail(3)
    await waiting
  })

  it('no longer counts calls that hung when it opened, so that the target has room when it answers', () => {
    for (let n = 0; n < 3; n++) enter(bank)
    fail(3)
    targets.of(account, bank).answered()
    // The account has three left.
    expect([enter(bank), enter(bank)]).toEqual([1, 1])
    expect(enter(bank)).toBeInstanceOf(Promise)
    for (let n = 0; n < 3; n++) targets.of(account, bank).leave(0)
    expect(targets.state().busiest).toBe(3)
  })

  it('is not there if it is turned off', () => {
    open({ circuits: { failures: 0, firstPauseMs: 1_000, longestPauseMs: 4_000 } })
    fail(100)
    expect(enter(bank)).toBe(0)
  })

  it('is watched for so many targets of an account', () => {
    const targetOf = (n: number) => targets.of(account, `https://t${n}.example:443`)
    for (let n = 0; n < 100; n++) for (let failures = 0; failures < 3; failures++) targetOf(n).failed('TIMEOUT')
    expect(targets.state().openCircuits).toBe(64)
    targetOf(0).answered()
    for (let failures = 0; failures < 3; failures++) targetOf(99).failed('TIMEOUT')
    expect(targets.state().openCircuits).toBe(64)
    expect(enter('https://t99.example:443')).toMatchObject(isOpen)
  })
})

describe('a target that costs too much', () => {
  it('is called no more before the pause is over, whatever it has answered', () => {
    const target = targets.of(account, bank)
    target.enter(newCaller())
    target.answered()
    target.costsTooMuch()
    target.costsTooMuch()
    expect(events).toEqual([`opened ${account} ${bank} TARGET_TOO_COSTLY`])
    expect(enter(bank)).toMatchObject({
      code: 'TARGET_CIRCUIT_OPEN',
      message: expect.stringContaining('takes too much work'),
      details: { transportCode: 'TARGET_TOO_COSTLY' },
    })
    expect(enter(bank, other)).toBe(0)
    now = 1_000
    expect(goOut()).toBe(true)
  })
})
