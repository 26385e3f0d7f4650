import { afterEach, describe, expect, it } from '@jest/globals'
import { Deadline, Rounds, type Watched } from '../../src/http1/rounds.ts'
import { sleep, until } from './raw-target.ts'

describe('rounds', () => {
  const rounds = new Rounds(50)
  const late: string[] = []
  const lateAt: number[] = []
  const watched: Watched[] = []

  afterEach(() => {
    for (const each of watched.splice(0)) rounds.forget(each)
    late.length = 0
    lateAt.length = 0
  })

  function watch(name: string, milliseconds?: number): Watched {
    const deadline = new Deadline(() => {
      late.push(name)
      lateAt.push(performance.now())
      rounds.forget(connection)
    })
    if (milliseconds !== undefined) deadline.allow(milliseconds)
    const connection = { deadline, idleOf: undefined, giveWay: () => {}, checkTraffic: () => {} }
    rounds.watch(connection)
    watched.push(connection)
    return connection
  }

  it('tell what is late, and not before it is', async () => {
    const begin = performance.now()
    for (const milliseconds of [60, 30, 90]) watch(String(milliseconds), milliseconds)
    await until(() => late.length === 3)
    // In which order, where a busy machine has made several late at once, says nothing.
    expect(late.toSorted()).toEqual(['30', '60', '90'])
    for (const [n, name] of late.entries()) expect((lateAt[n] ?? 0) - begin).toBeGreaterThanOrEqual(Number(name))
  })

  it('tell nothing of what is moved, taken away or forgotten', async () => {
    const moved = watch('moved', 20)
    const taken = watch('taken away', 20)
    const forgotten = watch('forgotten', 20)
    watch('without one')
    moved.deadline.allow(10_000)
    taken.deadline.stop()
    rounds.forget(forgotten)
    await sleep(60)
    expect(late).toEqual([])
  })

  it('go on after a time in which there was nothing to watch', async () => {
    rounds.forget(watch('forgotten', 20))
    watch('again', 20)
    await until(() => late.length > 0)
    expect(late).toEqual(['again'])
  })
})
