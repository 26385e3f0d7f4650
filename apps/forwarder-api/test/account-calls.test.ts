import { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import { type AccountId, isPromise, parseAccountId } from '@mtls-gateway/domain'
import { AccountCalls } from '../src/forward/account-calls.ts'

const [one, other] = [parseAccountId('one'), parseAccountId('other')]
const tooMany = { code: 'TOO_MANY_CALLS', retryAfterSeconds: 1 }
// That it closes is all that is asked of a response.
const response = () => new EventEmitter() as ServerResponse

/** Makes a call when its turn comes. */
async function run(limiter: AccountCalls, accountId: AccountId, caller: ServerResponse, call: () => Promise<void>) {
  const free = limiter.enter(accountId, caller)
  const place = isPromise(free) ? await free : free
  try {
    await call()
  } finally {
    place.leave()
  }
}

/** Calls that end when they are told to, in the order in which they began. */
class Calls {
  readonly begun: string[] = []
  readonly #ends = new Map<string, () => void>()

  call(name: string) {
    return () => {
      this.begun.push(name)
      return new Promise<void>((resolve) => this.#ends.set(name, resolve))
    }
  }

  end(name: string): void {
    this.#ends.get(name)?.()
  }
}

describe('the calls of an account', () => {
  const setUp = (limits: Partial<ConstructorParameters<typeof AccountCalls>[0]> = {}) => ({
    calls: new Calls(),
    limiter: new AccountCalls({ maxCalls: 2, maxWaiting: 2, maxWaitMs: 60_000, ...limits }),
  })

  it('wait in order where too many are running, and others do not notice', async () => {
    const { calls, limiter } = setUp()
    const running = ['a', 'b', 'c', 'd'].map((name) => run(limiter, one, response(), calls.call(name)))
    const others = run(limiter, other, response(), calls.call('other'))
    expect(calls.begun).toEqual(['a', 'b', 'other'])
    calls.end('b')
    await running[1]
    expect(calls.begun).toEqual(['a', 'b', 'other', 'c'])
    calls.end('a')
    await running[0]
    expect(calls.begun).toEqual(['a', 'b', 'other', 'c', 'd'])
    for (const name of ['c', 'd', 'other']) calls.end(name)
    await Promise.all([...running, others])
  })

  it('are refused where too many wait', async () => {
    const { calls, limiter } = setUp({ maxWaiting: 0 })
    for (const name of ['a', 'b']) void run(limiter, one, response(), calls.call(name))
    await expect(run(limiter, one, response(), calls.call('c'))).rejects.toMatchObject(tooMany)
  })

  it('are refused where none ends in time, or the caller leaves, and are never made', async () => {
    const { calls, limiter } = setUp({ maxCalls: 1, maxWaitMs: 20 })
    const first = run(limiter, one, response(), calls.call('a'))
    await expect(run(limiter, one, response(), calls.call('late'))).rejects.toMatchObject(tooMany)
    const leaving = response()
    const left = run(limiter, one, leaving, calls.call('left'))
    leaving.emit('close')
    await expect(left).rejects.toMatchObject(tooMany)
    calls.end('a')
    await first
    expect(calls.begun).toEqual(['a'])
  })

  it('give their place back when they fail', async () => {
    const { calls, limiter } = setUp({ maxCalls: 1 })
    const failing = run(limiter, one, response(), () => Promise.reject(new Error('no')))
    const next = run(limiter, one, response(), calls.call('next'))
    await expect(failing).rejects.toThrow('no')
    expect(calls.begun).toEqual(['next'])
    calls.end('next')
    await next
    await expect(run(limiter, one, response(), async () => {})).resolves.toBeUndefined()
  })
})
