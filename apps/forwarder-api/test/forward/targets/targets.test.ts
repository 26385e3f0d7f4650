import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { Bulkhead, type Permit } from '@mtls-gateway/bulkhead'
import { parseAccountId } from '@mtls-gateway/domain'
import { Targets, type TargetsOptions } from '../../../src/forward/targets/targets.ts'

const account = parseAccountId('le123')
const other = parseAccountId('le456')
const bank = 'https://bank.example:443'
const shop = 'https://shop.example:443'

let now: number
let events: string[]
let targets: Targets
let pool: Bulkhead

beforeEach(() => {
  open({})
})

interface Opened extends Partial<Pick<TargetsOptions, 'circuits'>> {
  /** What an account may have: calls in flight, and calls that wait. */
  readonly limits?: { readonly calls: number; readonly queue: number; readonly timeoutMs: number }
}

function open({ limits = { calls: 6, queue: 4, timeoutMs: 5_000 }, ...circuits }: Opened): void {
  now = 0
  events = []
  const all = { total: 1_000, reserve: 100 }
  const waiting = limits.queue > 0 ? { ...all, share: limits.queue, limitMs: limits.timeoutMs } : undefined
  pool = new Bulkhead('forward-calls', { ...all, share: limits.calls, waiting })
  targets = new Targets({
    calls: pool,
    accountMaxCalls: limits.calls,
    circuits: { failures: 3, firstPauseMs: 1_000, longestPauseMs: 4_000 },
    now: () => now,
    onOpened: (...told) => events.push(`opened ${told.join(' ')}`),
    onClosed: (...told) => events.push(`closed ${told.join(' ')}`),
    ...circuits,
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

/** A permit, a promise of one, or why there is none. */
function enter(origin: string, of = account, caller = newCaller()): Permit | Promise<Permit> | Error {
  try {
    const entered = targets.of(of, origin).acquire(caller)
    // Whoever wants to know how it ends waits for it.
    if (entered instanceof Promise) entered.catch(() => {})
    return entered
  } catch (error) {
    return error as Error
  }
}

/** The permit of a call that is let in at once. */
function letIn(origin: string, of = account): Permit {
  const entered = enter(origin, of)
  if (entered instanceof Error || entered instanceof Promise) throw new Error('It is not let in at once.')
  return entered
}

/** Whether a call is sent. It leaves at once. */
function goOut(): boolean {
  const permit = enter(bank)
  if (permit instanceof Error || permit instanceof Promise) return false
  try {
    targets.of(account, bank).goesOut()
    return true
  } catch {
    return false
  } finally {
    permit.release()
  }
}

const tooMany = { code: 'TOO_MANY_CALLS', retryAfterSeconds: 1 }
const isOpen = { code: 'TARGET_CIRCUIT_OPEN' }

function fail(times: number, code = 'ECONNREFUSED' as const): void {
  for (let n = 0; n < times; n++) targets.of(account, bank).failed(code)
}

describe('targets of an account', () => {
  it('may have as many calls as the account has left: half, or a third each', () => {
    for (let n = 0; n < 3; n++) letIn(bank)
    expect(targets.state().busiest).toBe(3)
    expect(enter(bank)).toBeInstanceOf(Promise)
    for (let n = 0; n < 2; n++) letIn(shop)
    expect(enter(shop)).toBeInstanceOf(Promise)
    // One that has nothing is always let in while the account has something left, whoever else waits.
    letIn('https://third.example:443')
    expect(enter('https://fourth.example:443')).toBeInstanceOf(Promise)
    letIn(bank, other)
  })

  it('wait in the order of arrival, and each is served when it is no longer full', async () => {
    const told: string[] = []
    const [first, second] = [letIn(bank), letIn(bank), letIn(bank)]
    const waiting = [1, 2].map(async (n) => {
      await enter(bank)
      told.push(`bank ${n}`)
    })
    letIn(shop)
    first.release()
    await waiting[0]
    expect(told).toEqual(['bank 1'])
    second.release()
    await waiting[1]
    expect(told).toEqual(['bank 1', 'bank 2'])
    expect(targets.state().busiest).toBe(3)
  })

  it('do not wait behind calls to another one that is full', async () => {
    for (let n = 0; n < 3; n++) letIn(bank)
    const toBank = [enter(bank), enter(bank)]
    const [, last] = [letIn(shop), letIn(shop)]
    const toShop = enter(shop)
    // The account has two left, and the bank has three.
    last.release()
    await toShop
    expect(pool.state()).toMatchObject({ inUse: 5, waiting: 2 })
    expect(toBank).toEqual([expect.any(Promise), expect.any(Promise)])
  })

  it('may have as many calls that wait as the account may still have', async () => {
    for (let n = 0; n < 3; n++) letIn(bank)
    const caller = newCaller()
    const waiting = [1, 2].map(() => expect(enter(bank, account, caller)).rejects.toMatchObject(tooMany))
    expect(pool.state().waiting).toBe(2)
    expect(enter(bank)).toMatchObject({ ...tooMany, details: { target: bank } })
    caller.emit('close')
    await Promise.all(waiting)
    expect(targets.state().refusedByLimit).toBe(3)
    expect(enter(bank)).toBeInstanceOf(Promise)
  })

  it('are refused after some time', async () => {
    open({ limits: { calls: 2, queue: 4, timeoutMs: 10 } })
    letIn(bank)
    await expect(enter(bank)).rejects.toMatchObject({ ...tooMany, details: { target: bank } })
    letIn(shop)
    // Now it is the account that has too many, whatever the target.
    await expect(enter(shop)).rejects.toMatchObject({ ...tooMany, details: {} })
  })

  it('are forgotten when they have been idle, and those with failures later', () => {
    const idle = targets.of(account, shop)
    letIn(shop).release()
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
    letIn(bank)
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
    letIn(bank)
    fail(1)
    expect(enter(bank)).toMatchObject({
      ...isOpen,
      message: expect.stringContaining(`${bank} failed several times in a row, last with ECONNREFUSED`),
      details: { target: bank, transportCode: 'ECONNREFUSED', retryAt: expect.any(String) },
      retryAfterSeconds: 1,
    })
    letIn(shop)
    letIn(bank, other)
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
    const permits = [letIn(bank), letIn(bank)]
    expect(events).toEqual([`opened le123 ${bank} ECONNREFUSED`, `closed le123 ${bank}`])
    permits[0]?.release()
    fail(2)
    letIn(bank)
  })

  it('keeps its probe for a call that is sent, whatever is refused before', () => {
    fail(3)
    now = 1_000
    for (let n = 0; n < 10; n++) letIn(bank).release()
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
    open({ limits: { calls: 200, queue: 0, timeoutMs: 10 } })
    for (let round = 0; round < 20; round++) {
      while (!(enter(bank) instanceof Error));
      for (let n = 0; n < 3; n++) targets.of(account, bank).hangs()
      enter(bank)
      targets.of(account, bank).answered()
    }
    expect(targets.state().busiest).toBe(150)
  })

  it('does not open for calls that hang while there is room: the target may only be slow', () => {
    for (let n = 0; n < 3; n++) targets.of(account, bank).hangs()
    for (let n = 0; n < 2; n++) letIn(bank)
    targets.of(account, bank).answered()
    letIn(bank)
    expect(enter(bank)).toBeInstanceOf(Promise)
  })

  it('opens for calls that hang when there is no room left', () => {
    for (let n = 0; n < 3; n++) enter(bank)
    for (let n = 0; n < 3; n++) targets.of(account, bank).hangs()
    expect(enter(bank)).toMatchObject({ ...isOpen, details: { transportCode: 'TIMEOUT' } })
    now = 1_000
    letIn(bank)
  })

  it('opens for calls that hang when the time of one is over', () => {
    for (let n = 0; n < 2; n++) targets.of(account, bank).hangs()
    targets.of(account, bank).gaveUp()
    letIn(bank)
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
    const hung = [letIn(bank), letIn(bank), letIn(bank)]
    fail(3)
    targets.of(account, bank).answered()
    // The account has three left.
    for (let n = 0; n < 2; n++) letIn(bank)
    expect(enter(bank)).toBeInstanceOf(Promise)
    for (const permit of hung) permit.release()
    expect(targets.state().busiest).toBe(3)
  })

  it('is not there if it is turned off', () => {
    open({ circuits: { failures: 0, firstPauseMs: 1_000, longestPauseMs: 4_000 } })
    fail(100)
    letIn(bank)
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
    letIn(bank)
    target.answered()
    target.costsTooMuch()
    target.costsTooMuch()
    expect(events).toEqual([`opened ${account} ${bank} TARGET_TOO_COSTLY`])
    expect(enter(bank)).toMatchObject({
      code: 'TARGET_CIRCUIT_OPEN',
      message: expect.stringContaining('sent what takes too much work'),
      details: { transportCode: 'TARGET_TOO_COSTLY' },
    })
    letIn(bank, other)
    now = 1_000
    expect(goOut()).toBe(true)
  })

  it('is called no more either where it answers other calls that were in flight', () => {
    const target = targets.of(account, bank)
    letIn(bank)
    letIn(bank)
    target.costsTooMuch()
    target.answered()
    expect(enter(bank)).toMatchObject({ code: 'TARGET_CIRCUIT_OPEN' })
    now = 1_000
    expect(goOut()).toBe(true)
    target.answered()
    expect(events).toEqual([`opened ${account} ${bank} TARGET_TOO_COSTLY`, `closed ${account} ${bank}`])
    letIn(bank)
  })
})
