import { afterEach, describe, expect, it } from '@jest/globals'
import { Deadline, Deadlines } from '../../src/http1/deadlines.ts'
import { sleep, until } from './raw-target.ts'

describe('deadlines', () => {
  const deadlines = new Deadlines(50)
  const late: string[] = []
  const lateAt: number[] = []
  const watched: Deadline[] = []

  afterEach(() => {
    for (const each of watched.splice(0)) deadlines.forget(each)
    late.length = 0
    lateAt.length = 0
  })

  function watch(name: string, milliseconds?: number): Deadline {
    const deadline = new Deadline(() => {
      late.push(name)
      lateAt.push(performance.now())
      deadlines.forget(deadline)
    })
    if (milliseconds !== undefined) deadline.allow(milliseconds)
    deadlines.watch(deadline)
    watched.push(deadline)
    return deadline
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
