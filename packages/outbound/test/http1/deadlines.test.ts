import { afterEach, describe, expect, it } from '@jest/globals'
import { Deadline, Deadlines } from '../../src/http1/deadlines.ts'
import { sleep, until } from './raw-target.ts'

describe('deadlines', () => {
  const deadlines = new Deadlines(50)
  const late: string[] = []
  const watched: Deadline[] = []

  afterEach(() => {
    for (const each of watched.splice(0)) deadlines.forget(each)
    late.length = 0
  })

  function watch(name: string, milliseconds?: number): Deadline {
    const deadline = new Deadline(() => {
      late.push(name)
      deadlines.forget(deadline)
    })
    if (milliseconds !== undefined) deadline.allow(milliseconds)
    deadlines.watch(deadline)
    watched.push(deadline)
    return deadline
  }

  it('tell what is late, and not before it is', async () => {
    const begin = performance.now()
    watch('second', 60)
    watch('first', 30)
    watch('third', 90)
    await until(() => late.length === 3)
    expect(late).toEqual(['first', 'second', 'third'])
    expect(performance.now() - begin).toBeGreaterThanOrEqual(90)
  })

  it('tell nothing of what is moved, taken away or forgotten', async () => {
    const moved = watch('moved', 20)
    const taken = watch('taken away', 20)
    const forgotten = watch('forgotten', 20)
    watch('without one')
    moved.allow(10_000)
    taken.stop()
    deadlines.forget(forgotten)
    await sleep(60)
    expect(late).toEqual([])
  })

  it('go on after a time in which there was nothing to watch', async () => {
    deadlines.forget(watch('forgotten', 20))
    watch('again', 20)
    await until(() => late.length > 0)
    expect(late).toEqual(['again'])
  })
})
