import { PassThrough } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { Bulkhead } from '@mtls-gateway/bulkhead'
import type { Member } from '@mtls-gateway/event-loop'
import { type AccountLoop, EventLoopTurns, handshakeLimits } from '../../src/turns/event-loop-turns.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { acme, globex } from '../support/outbound-fixture.ts'
import { HeldCall } from './held-call.ts'
import { RawTarget, sleep, someTurns, until } from './raw-target.ts'

const limitMs = 1_500
setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

let target: RawTarget
let turns: EventLoopTurns
let loop: AccountLoop
let clock: ManualClock

beforeAll(async () => {
  target = await RawTarget.start()
})
beforeEach(() => {
  clock = new ManualClock()
  turns = new EventLoopTurns(new Bulkhead('handshakes', handshakeLimits), limitMs)
  loop = turns.of(acme)
  turns.noteCall(globex)
})
afterEach(async () => {
  clock.close()
  await target.reset()
})
afterAll(() => target.close())

/**
 * Another connection of the account has brought what takes so long: it rests while others make calls, for longer than
 * the limit, or until they have made none for less than that.
 */
const rest = () => loop.spend(50)

/** The limit is over, but not the rest. */
async function passLimit(): Promise<void> {
  await someTurns()
  clock.pass(limitMs + 1)
  turns.noteCall(globex)
}

/** Others have made no calls for so long that they do not count. */
async function othersGo(): Promise<void> {
  await someTurns()
  clock.pass(1_001)
}

/** More than the limit is over, and it has been looked what is late: every 500 ms. */
async function passMore(): Promise<void> {
  clock.pass(limitMs + 500)
  await sleep(600)
}

describe('a call that is given an idle connection while its account rests', () => {
  async function idlePool() {
    const pool = target.pool({}, target.connect, loop)
    expect(await HeldCall.send(pool, '/first').outcome()).toBe('/first')
    // The next call would go out at once.
    await someTurns()
    return pool
  }

  it('is refused when it has waited for too long, and the connection is kept', async () => {
    const pool = await idlePool()
    rest()
    const [one, other] = [HeldCall.send(pool, '/one'), HeldCall.send(pool, '/other')]
    await passLimit()
    await expect(one.outcome()).resolves.toMatchObject({ code: 'TOO_MANY_CALLS' })
    // It waits no second time behind the first.
    expect(other.isOver).toBe(true)
    await expect(other.outcome()).resolves.toMatchObject({ code: 'TOO_MANY_CALLS' })
    // Alone, it need not rest.
    await othersGo()
    expect(await HeldCall.send(pool, '/last').outcome()).toBe('/last')
    expect(target.paths).toEqual([['/first', '/last']])
  })

  it('is refused as well where its caller reads nothing yet', async () => {
    const pool = await idlePool()
    rest()
    const call = HeldCall.send(pool, '/', { onStart: (exchange) => exchange.pause() })
    await passLimit()
    await expect(call.outcome()).resolves.toMatchObject({ code: 'TOO_MANY_CALLS' })
  })

  it('is refused where the rest begins in the very turn in which it comes', async () => {
    const pool = await idlePool()
    const call = HeldCall.send(pool, '/')
    rest()
    await passLimit()
    await expect(call.outcome()).resolves.toMatchObject({ code: 'TOO_MANY_CALLS' })
    expect(target.paths).toEqual([['/first']])
  })

  it('has the time of a call for its answer once it was sent', async () => {
    const pool = await idlePool()
    target.onPiece = () => {}
    rest()
    const call = HeldCall.send(pool, '/slow')
    await othersGo()
    await until(() => target.paths[0]?.length === 2)
    await passMore()
    expect(call.isOver).toBe(false)
    target.sides[0]?.socket.write('HTTP/1.1 204 No Content\r\n\r\n')
    expect(await call.outcome()).toBe('')
  })

  it('has no limit while its caller reads nothing, once it was sent', async () => {
    const pool = await idlePool()
    rest()
    const call = HeldCall.send(pool, '/paused', { onStart: (exchange) => exchange.pause() })
    await othersGo()
    await until(() => target.paths[0]?.length === 2)
    await passMore()
    expect(call.isOver).toBe(false)
    call.exchange.resume()
    expect(await call.outcome()).toBe('/paused')
  })

  it('has no limit while its caller has yet to send the rest of its body, once its head was sent', async () => {
    const pool = await idlePool()
    target.onPiece = () => {}
    rest()
    const body = new PassThrough()
    const call = HeldCall.send(pool, '/upload', {}, { method: 'POST', body })
    await othersGo()
    await until(() => target.paths[0]?.length === 2)
    await passMore()
    expect(call.isOver).toBe(false)
    body.end('whole')
    await until(() => target.sides[0]?.received.endsWith('0\r\n\r\n') === true)
    target.sides[0]?.socket.write('HTTP/1.1 204 No Content\r\n\r\n')
    expect(await call.outcome()).toBe('')
  })

  it('is refused as well where the account is held again and again before the call can be sent', async () => {
    const pool = await idlePool()
    // A long answer on another connection, which takes too much of each turn in which it is read.
    const long: Member = { hold: () => {}, onTurn: () => void setImmediate().then(() => loop.spend(5)) }
    loop.enter(long)
    loop.spend(5)
    const call = HeldCall.send(pool, '/')
    await until(() => {
      clock.pass(5)
      turns.noteCall(globex)
      return call.isOver
    })
    await expect(call.outcome()).resolves.toMatchObject({ code: 'TOO_MANY_CALLS' })
    loop.leave(long)
    expect(target.paths).toEqual([['/first']])
  })

  it('is forgotten with its body where its caller has gone', async () => {
    const pool = await idlePool()
    rest()
    const bodies: WeakRef<Buffer>[] = []
    for (let each = 0; each < 10; each++) {
      const body = Buffer.alloc(1_000_000)
      bodies.push(new WeakRef(body))
      const call = HeldCall.send(pool, '/', {}, { method: 'POST', body })
      // At the end of a turn it finds that its connection is not read.
      await someTurns()
      call.exchange.abort(new Error('gone'))
    }
    collectGarbage()
    // This function may hold the last one.
    expect(bodies.filter((body) => body.deref() !== undefined).length).toBeLessThan(2)
    expect(target.paths).toEqual([['/first']])
  })
})
