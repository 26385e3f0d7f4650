import { describe, expect, it } from '@jest/globals'
import { EpochWatch } from '../../src/store-epoch.ts'
import { ManualClock, settle } from '../manual-clock.ts'

const id = (n: number) => `${1_700_000_000_000 + n}-00000000`

function watchFixture() {
  const clock = new ManualClock()
  const stored: { id: string | undefined; isDown: boolean; reads: number } = { id: id(1), isDown: false, reads: 0 }
  const changes: unknown[] = []
  const failures: unknown[] = []
  const read = async () => {
    stored.reads++
    if (stored.isDown) throw new Error('down')
    return stored.id === undefined ? undefined : { id: stored.id, previous: undefined }
  }
  const watch = new EpochWatch({ read, everyMs: 10_000, clock, onFailed: (error) => void failures.push(error) })
  watch.onChanged((epoch, before) => changes.push([before, epoch]))
  return { clock, stored, changes, failures, watch }
}

describe('a watch of the epoch', () => {
  it('reads it at the start and every ten seconds, and tells of a change once', async () => {
    const { clock, stored, changes, watch } = watchFixture()
    watch.start()
    await settle()
    expect(watch.current).toBe(id(1))
    stored.id = id(2)
    await clock.advance(9_999)
    expect(watch.current).toBe(id(1))
    await clock.advance(1)
    await clock.advance(20_000)
    expect(changes).toEqual([
      [undefined, id(1)],
      [id(1), id(2)],
    ])
    expect(stored.reads).toBe(4)
    await watch.stop()
    await clock.advance(60_000)
    expect(stored.reads).toBe(4)
  })

  it('keeps the one that it knows while the store is away', async () => {
    const { clock, stored, changes, failures, watch } = watchFixture()
    watch.start()
    await settle()
    stored.isDown = true
    await clock.advance(30_000)
    expect([watch.current, failures.length, changes.length]).toEqual([id(1), 3, 1])
    await watch.stop()
  })

  it('asks the store at once when a later one is named, and is on it only if the store says so', async () => {
    const { clock, stored, changes, watch } = watchFixture()
    await watch.look()
    for (let n = 0; n < 10; n++) watch.learn(id(3))
    await clock.advance(0)
    expect([watch.current, stored.reads, changes.length]).toEqual([id(1), 2, 1])
    stored.id = id(3)
    await clock.advance(250)
    expect([watch.current, stored.reads, changes.length]).toEqual([id(3), 3, 2])
    await clock.advance(60_000)
    expect(stored.reads).toBe(3)
    await watch.stop()
  })

  it('asks nothing for an earlier one, or for what is none', async () => {
    const { clock, stored, watch } = watchFixture()
    stored.id = id(2)
    await watch.look()
    for (const other of [id(2), id(1), '', '~', `${id(3)} `, '9', undefined, 3, null]) watch.learn(other)
    await clock.advance(10_000)
    expect([watch.current, stored.reads]).toEqual([id(2), 1])
    await watch.stop()
  })

  it('reads no more than four times a second, whatever is named, and still finds what there is', async () => {
    const { clock, stored, changes, watch } = watchFixture()
    await watch.look()
    for (let n = 0; n < 1_000; n++) {
      watch.learn(id(1_000 + n))
      if (n === 500) stored.id = id(2)
      if (n === 501) watch.learn(id(2))
      await clock.advance(10)
    }
    expect(watch.current).toBe(id(2))
    // The first of the ten seconds begins with a read, and the last ends with one.
    expect(stored.reads).toBeLessThanOrEqual(2 + 4 * 10)
    expect(changes).toHaveLength(2)
    await watch.stop()
  })

  it('asks four times for what the store does not have, and again when it is named again', async () => {
    const { clock, stored, watch } = watchFixture()
    await watch.look()
    watch.learn(id(5))
    await clock.advance(2_000)
    expect(stored.reads).toBe(5)
    stored.id = id(5)
    watch.learn(id(5))
    await clock.advance(0)
    expect(watch.current).toBe(id(5))
    await watch.stop()
  })

  it('goes on asking while the store is away', async () => {
    const { clock, stored, failures, watch } = watchFixture()
    await watch.look()
    Object.assign(stored, { isDown: true, id: id(2) })
    watch.learn(id(2))
    await clock.advance(30_000)
    expect(watch.current).toBe(id(1))
    expect(failures).toHaveLength(31)
    stored.isDown = false
    await clock.advance(1_000)
    expect(watch.current).toBe(id(2))
    await watch.stop()
  })

  it('does not give up one that is named for reads that failed, or that were for another', async () => {
    const { clock, stored, failures, watch } = watchFixture()
    await watch.look()
    stored.isDown = true
    watch.learn(id(2))
    await clock.advance(3_000)
    expect(failures).toHaveLength(4)
    // The replica that answers first does not have it yet.
    stored.isDown = false
    await clock.advance(1_000)
    stored.id = id(2)
    await clock.advance(250)
    expect(watch.current).toBe(id(2))

    watch.learn(id(9))
    await clock.advance(500)
    watch.learn(id(3))
    await clock.advance(500)
    stored.id = id(3)
    await clock.advance(250)
    expect(watch.current).toBe(id(3))
    await watch.stop()
  })

  it('notices a store that was put back to an earlier epoch, or to before there were any', async () => {
    const { stored, watch } = watchFixture()
    stored.id = id(4)
    await watch.look()
    stored.id = id(3)
    await watch.look()
    expect(watch.current).toBe(id(3))
    stored.id = undefined
    await watch.look()
    expect(watch.current).toBeUndefined()
  })

  it('is at once on one that its process has begun, and never on an earlier one', async () => {
    const { changes, watch } = watchFixture()
    await watch.look()
    watch.enter(id(2))
    watch.enter(id(1))
    expect([watch.current, changes.length]).toEqual([id(2), 2])
  })

  it('does not take what it reads for newer than what it was told meanwhile', async () => {
    const { watch } = watchFixture()
    await watch.look()
    const looking = watch.look()
    watch.enter(id(2))
    await looking
    expect(watch.current).toBe(id(2))
  })
})
