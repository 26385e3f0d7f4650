import { describe, expect, it } from '@jest/globals'
import { Bulkheads } from '../src/index.ts'
import { ask, bulkhead, Calls, Limited, response } from './support.ts'

const tooMany = { code: 'TOO_MANY_CALLS', retryAfterSeconds: 1 }

describe('the calls of an account', () => {
  it('wait in order where too many are running, and others do not notice', async () => {
    const [pool, calls] = [bulkhead(), new Calls()]
    for (const name of ['a', 'b', 'c', 'd']) void calls.start(pool, 'one', name)
    void calls.start(pool, 'other', 'other')
    expect(calls.begun).toEqual(['a', 'b', 'other'])
    await calls.end('b')
    expect(calls.begun).toEqual(['a', 'b', 'other', 'c'])
    await calls.end('a')
    expect(calls.begun).toEqual(['a', 'b', 'other', 'c', 'd'])
    for (const name of ['c', 'd', 'other']) await calls.end(name)
    expect(pool.state()).toMatchObject({ inUse: 0, waiting: 0, refused: 0 })
  })

  it('are refused where too many wait', async () => {
    const [pool, calls] = [bulkhead({ waiting: undefined }), new Calls()]
    for (const name of ['a', 'b']) void calls.start(pool, 'one', name)
    await expect(calls.start(pool, 'one', 'c')).rejects.toMatchObject({
      ...tooMany,
      message: 'Too many calls of this account are in flight. Wait for some to end and try again.',
    })
    expect(pool.state()).toMatchObject({ inUse: 2, waiting: 0, refused: 1 })
  })

  it('are refused where none ends in time, or the caller leaves, and are never made', async () => {
    const waiting = { total: 10, share: 2, reserve: 1, limitMs: 20 }
    const [pool, calls] = [bulkhead({ share: 1, waiting }), new Calls()]
    void calls.start(pool, 'one', 'a')
    await expect(calls.start(pool, 'one', 'late')).rejects.toMatchObject(tooMany)
    const leaving = response()
    const left = pool.acquire('one', 1, leaving)
    leaving.emit('close')
    await expect(left).rejects.toMatchObject(tooMany)
    expect(leaving.listenerCount('close')).toBe(0)
    await calls.end('a')
    expect(calls.begun).toEqual(['a'])
    expect(pool.state()).toMatchObject({ inUse: 0, waiting: 0, refused: 2 })
  })

  it('are not waited for by a caller that has left before', () => {
    const pool = bulkhead({ share: 1 })
    ask(pool, 'one')
    const left = Object.assign(response(), { destroyed: true })
    expect(() => pool.acquire('one', 1, left)).toThrow(expect.objectContaining(tooMany))
    expect(pool.state()).toMatchObject({ waiting: 0, refused: 1 })
  })

  it('are timed if they had to wait, whether they got a place or not', async () => {
    const waited: string[] = []
    const bulkheads = new Bulkheads((name, ms) => waited.push(`${name} ${ms >= 0}`))
    const waiting = { total: 10, share: 2, reserve: 1, limitMs: 20 }
    const pool = bulkheads.open('forward-calls', { total: 3, share: 1, reserve: 1, waiting })
    const first = await pool.acquire('one')
    const served = pool.acquire('one')
    first.release()
    await served
    await expect(pool.acquire('one')).rejects.toMatchObject(tooMany)
    expect(waited).toEqual(['forward-calls true', 'forward-calls true'])
  })

  it('give their place back when they fail', async () => {
    const [pool, calls] = [bulkhead({ share: 1 }), new Calls()]
    const failing = pool.run('one', () => Promise.reject(new Error('no')))
    void calls.start(pool, 'one', 'next')
    await expect(failing).rejects.toThrow('no')
    expect(calls.begun).toEqual(['next'])
    await calls.end('next')
    await expect(pool.run('one', async () => 'done')).resolves.toBe('done')
  })
})

describe('one account at its worst', () => {
  it('never takes the reserve, from which a newcomer is served at once', async () => {
    const [pool, calls] = [bulkhead({ total: 5, share: 4, reserve: 1 }), new Calls()]
    for (let i = 0; i < 6; i++) void calls.start(pool, 'worst', `worst ${i}`)
    expect(pool.state()).toMatchObject({ inUse: 4, waiting: 2 })
    void calls.start(pool, 'newcomer', 'newcomer')
    expect(calls.begun).toContain('newcomer')
    expect(pool.state().inUse).toBe(5)
  })

  it('waits behind whoever has nothing yet, however early it came', async () => {
    const [pool, calls] = [bulkhead({ total: 3, share: 2, reserve: 1 }), new Calls()]
    for (const name of ['worst 0', 'worst 1', 'worst 2', 'worst 3']) void calls.start(pool, 'worst', name)
    void calls.start(pool, 'first newcomer', 'first newcomer')
    void calls.start(pool, 'second newcomer', 'second newcomer')
    expect(calls.begun).toEqual(['worst 0', 'worst 1', 'first newcomer'])
    await calls.end('worst 0')
    expect(calls.begun.at(-1)).toBe('second newcomer')
  })
})

describe('accounts that wait for the same', () => {
  it('take turns, one call a turn', async () => {
    const [pool, calls] = [bulkhead({ total: 4, share: 3, reserve: 1 }), new Calls()]
    for (const name of ['holder 0', 'holder 1', 'holder 2']) void calls.start(pool, 'holder', name)
    void calls.start(pool, 'x', 'x 0')
    for (const name of ['y 0', 'y 1', 'z 0', 'z 1']) void calls.start(pool, name.slice(0, 1), name)
    expect(pool.state()).toMatchObject({ inUse: 4, waiting: 4 })
    for (const name of ['holder 0', 'holder 1', 'holder 2', 'x 0', 'y 0']) await calls.end(name)
    expect(calls.begun.slice(4)).toEqual(['y 0', 'z 0', 'y 1', 'z 1'])
  })

  it('keep their turns when others leave before, between and behind them', async () => {
    const pool = bulkhead({
      total: 1,
      share: 1,
      reserve: 0,
      waiting: { total: 9, share: 1, reserve: 0, limitMs: 60_000 },
    })
    let held = await pool.acquire('holder')
    const served: string[] = []
    const wait = (owner: string) => {
      const caller = response()
      const granted = Promise.resolve(pool.acquire(owner, 1, caller)).then((permit) => {
        served.push(owner)
        held = permit
      })
      return { leave: () => caller.emit('close'), granted }
    }
    const [a, b, c, d, e] = [wait('a'), wait('b'), wait('c'), wait('d'), wait('e')]
    for (const { leave, granted } of [a, c, e]) {
      leave()
      await expect(granted).rejects.toMatchObject(tooMany)
    }
    const f = wait('f')
    for (const { granted } of [b, d, f]) {
      held.release()
      await granted
    }
    expect(served).toEqual(['b', 'd', 'f'])
  })

  it('get what they ask for: whoever asks for much is not overtaken for ever', async () => {
    const [pool, calls] = [bulkhead({ total: 10, share: 8, reserve: 0 }), new Calls()]
    for (const owner of ['a', 'b']) void calls.start(pool, owner, `${owner} 0`, 4)
    void calls.start(pool, 'a', 'a much', 4)
    void calls.start(pool, 'b', 'b little')
    expect(calls.begun).toEqual(['a 0', 'b 0'])
    await calls.end('b 0')
    expect(calls.begun).toEqual(['a 0', 'b 0', 'b little', 'a much'])
  })
})

describe('a bulkhead', () => {
  it('refuses at once what would never fit in a share', () => {
    expect(() => bulkhead({ share: 8 }).acquire('one', 9)).toThrow(expect.objectContaining(tooMany))
  })

  it('says whether it is the account that has too much, or all together', async () => {
    const pool = bulkhead({ total: 2, share: 1, reserve: 1, waiting: undefined })
    for (const owner of ['a', 'b']) await pool.acquire(owner)
    expect(() => pool.acquire('c')).toThrow('Too many calls are in flight. Try again in a second.')
    expect(() => pool.acquire('a')).toThrow('Too many calls of this account are in flight.')
  })

  it('bounds how many wait in all, and keeps places for whoever does not wait yet', async () => {
    const waiting = { total: 3, share: 2, reserve: 1, limitMs: 60_000 }
    const pool = bulkhead({ total: 2, share: 1, reserve: 1, waiting })
    for (const owner of ['a', 'b', 'a', 'a', 'c']) ask(pool, owner)
    expect(pool.state()).toMatchObject({ inUse: 2, waiting: 3 })
    expect(() => pool.acquire('a')).toThrow(expect.objectContaining(tooMany))
    expect(() => pool.acquire('d')).toThrow(expect.objectContaining(tooMany))
  })

  it('refuses at once whoever does not want to wait, and says why', () => {
    const pool = bulkhead({ total: 3, share: 2, reserve: 0 })
    const [first] = [pool.acquireNow('a'), pool.acquireNow('a'), pool.acquireNow('b')]
    expect(() => pool.acquireNow('a')).toThrow('Too many calls of this account are in flight.')
    expect(() => pool.acquireNow('b')).toThrow('Too many calls are in flight. Try again in a second.')
    first.release()
    expect(pool.acquireNow('b')).toBeDefined()
    expect(pool.state()).toMatchObject({ inUse: 3, waiting: 0, refused: 2 })
    pool.close()
    expect(() => pool.acquireNow('c')).toThrow(expect.objectContaining({ code: 'SHUTTING_DOWN' }))
  })

  it('gives what is there now to whoever does not want to wait', () => {
    const pool = bulkhead({ share: 1 })
    const permit = pool.tryAcquire('one')
    expect(pool.tryAcquire('one')).toBeUndefined()
    permit?.release()
    expect(pool.tryAcquire('one')).toBeDefined()
    expect(pool.state()).toMatchObject({ waiting: 0, refused: 1 })
  })

  it('gives some owners less than the share of others', () => {
    const pool = bulkhead({ total: 10, share: 4, reserve: 2 })
    const taken = (owner: string, most?: number) =>
      Array.from({ length: 6 }, () => pool.tryAcquire(owner, 1, most)).filter((permit) => permit !== undefined).length
    expect([taken('few', 2), taken('many')]).toEqual([2, 4])
    expect(pool.state()).toMatchObject({ inUse: 6, refused: 6 })
  })

  it('turns everyone away once it is closed, also those who wait', async () => {
    const [pool, calls] = [bulkhead({ share: 1 }), new Calls()]
    void calls.start(pool, 'one', 'running')
    const waiting = [calls.start(pool, 'one', 'a'), calls.start(pool, 'one', 'b')]
    const refused = Promise.allSettled(waiting)
    pool.close()
    expect((await refused).map((each) => each.status === 'rejected' && each.reason.code)).toEqual([
      'SHUTTING_DOWN',
      'SHUTTING_DOWN',
    ])
    await calls.end('running')
    expect(() => pool.acquire('other')).toThrow(expect.objectContaining({ code: 'SHUTTING_DOWN' }))
    expect(pool.state()).toMatchObject({ inUse: 0, waiting: 0 })
  })

  it('takes back a part of a permit before the rest', () => {
    const pool = bulkhead({ total: 10, share: 8, reserve: 0, waiting: undefined })
    const permit = pool.tryAcquire('one', 8)
    expect(pool.tryAcquire('one')).toBeUndefined()
    permit?.shrinkTo(3)
    expect(pool.state().inUse).toBe(3)
    expect(pool.tryAcquire('one', 5)).toBeDefined()
    permit?.release()
    expect(pool.state().inUse).toBe(5)
  })

  it('takes back a permit once, however often it is given', async () => {
    const pool = bulkhead()
    const [permit, other] = [pool.tryAcquire('one'), pool.tryAcquire('one')]
    for (let n = 0; n < 3; n++) permit?.release()
    permit?.shrinkTo(1)
    expect(pool.state().inUse).toBe(1)
    expect(pool.heldBy('one')).toBe(1)
    other?.release()
    expect(pool.state().inUse).toBe(0)
    const part = new Limited(2)
    const ofPart = await pool.acquire('one', 1, undefined, part)
    for (let n = 0; n < 3; n++) ofPart.release()
    expect(part.held).toBe(0)
  })

  it('is refused where its share would leave no reserve', () => {
    expect(() => bulkhead({ total: 4, share: 4, reserve: 1 })).toThrow(RangeError)
  })
})

describe('a part of an owner', () => {
  it('that is full lets others of its owner pass, and nobody passes those who wait for the same', async () => {
    const pool = bulkhead({ share: 4, waiting: { total: 100, share: 8, reserve: 10, limitMs: 60_000 } })
    const [narrow, wide] = [new Limited(1), new Limited(9)]
    const first = await pool.acquire('one', 1, undefined, narrow)
    const begun: string[] = []
    const waiting = ['first', 'second'].map(async (name) => {
      const permit = await pool.acquire('one', 1, undefined, narrow)
      begun.push(name)
      return permit
    })
    expect(pool.acquire('one', 1, undefined, wide)).not.toBeInstanceOf(Promise)
    expect(pool.state()).toMatchObject({ inUse: 2, waiting: 2 })
    expect(narrow.waiting).toBe(2)
    first.release()
    const next = await waiting[0]
    expect(begun).toEqual(['first'])
    next?.release()
    await waiting[1]
    expect(begun).toEqual(['first', 'second'])
    expect([narrow.waiting, narrow.held, wide.held]).toEqual([0, 1, 1])
  })

  it('says why those are refused that find it full; else the pool does', async () => {
    const pool = bulkhead({ share: 2, waiting: undefined })
    const part = new Limited(1)
    pool.tryAcquire('other')
    await pool.acquire('one', 1, undefined, part)
    expect(() => pool.acquire('one', 1, undefined, part)).toThrow('The part is full.')
    await pool.acquire('one', 1, undefined, new Limited(1))
    expect(() => pool.acquire('one', 1, undefined, part)).toThrow('Too many calls of this account are in flight.')
  })

  it('leaves places in the queue to the others of its owner', async () => {
    const waiting = { total: 100, share: 4, reserve: 10, limitMs: 60_000 }
    const pool = bulkhead({ share: 10, waiting })
    const [full, other] = [new Limited(0), new Limited(0)]
    const wait = (part: Limited) => {
      Promise.resolve(pool.acquire('one', 1, undefined, part)).catch(() => {})
      return pool.state().waiting
    }
    expect([wait(full), wait(full)]).toEqual([1, 2])
    expect(() => wait(full)).toThrow('The part is full.')
    expect(wait(other)).toBe(3)
    expect(() => wait(other)).toThrow('The part is full.')
  })

  it('can have all who wait for it refused, and nobody else', async () => {
    const pool = bulkhead({ share: 4, waiting: { total: 100, share: 8, reserve: 10, limitMs: 60_000 } })
    const [down, full] = [new Limited(0), new Limited(0)]
    const waiting = [1, 2].map(() => expect(pool.acquire('one', 1, undefined, down)).rejects.toThrow('It is down.'))
    ask(pool, 'one', full)
    pool.refuseWaiting('one', down, () => new Error('It is down.'))
    await Promise.all(waiting)
    expect([down.waiting, full.waiting, pool.state().waiting]).toEqual([0, 1, 1])
  })

  it('that fills up while its owner waits does not hold up the owners behind', async () => {
    const pool = bulkhead({ total: 5, share: 3, reserve: 1 })
    const part = new Limited(2)
    const held = await pool.acquire('one', 1, undefined, part)
    const [, , last] = [await pool.acquire('other'), await pool.acquire('other'), await pool.acquire('third')]
    const next = pool.acquire('one', 1, undefined, part)
    const behind = pool.acquire('other')
    part.most = 1
    last?.release()
    await behind
    expect(part.waiting).toBe(1)
    held.release()
    await next
    expect(pool.state()).toMatchObject({ inUse: 4, waiting: 0 })
  })
})
