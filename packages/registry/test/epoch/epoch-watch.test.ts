import { describe, expect, it } from '@jest/globals'
import { EpochWatch } from '../../src/epoch/epoch-watch.ts'
import { ManualClock, settle } from '../manual-clock.ts'

function watchFixture() {
  const clock = new ManualClock()
  const stored: { id: string | undefined; isDown: boolean; reads: number } = { id: '1', isDown: false, reads: 0 }
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
    expect(watch.current).toBe('1')
    stored.id = '2'
    await clock.advance(9_999)
    expect(watch.current).toBe('1')
    await clock.advance(1)
    await clock.advance(20_000)
    expect(changes).toEqual([
      [undefined, '1'],
      ['1', '2'],
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
    expect([watch.current, failures.length, changes.length]).toEqual(['1', 3, 1])
    await watch.stop()
  })

  it('learns of a later one at once, without a read, and never of an earlier one or of anything else', async () => {
    const { stored, changes, watch } = watchFixture()
    await watch.look()
    watch.learn('2')
    for (const other of ['2', '1', '', undefined, 3, null]) watch.learn(other)
    expect(watch.current).toBe('2')
    expect(changes).toHaveLength(2)
    expect(stored.reads).toBe(1)
  })

  it('goes by the store if that says otherwise, and does not learn again what the store has refuted', async () => {
    const { stored, changes, watch } = watchFixture()
    await watch.look()
    watch.learn('5')
    await watch.look()
    expect(watch.current).toBe('1')
    watch.learn('5')
    expect(watch.current).toBe('1')
    stored.id = '6'
    watch.learn('6')
    expect(watch.current).toBe('6')
    expect(changes).toHaveLength(4)
  })

  it('notices a store that was put back to an earlier epoch, or to before there were any', async () => {
    const { stored, watch } = watchFixture()
    stored.id = '4'
    await watch.look()
    stored.id = '3'
    await watch.look()
    expect(watch.current).toBe('3')
    stored.id = undefined
    await watch.look()
    expect(watch.current).toBeUndefined()
  })

  it('does not take what it reads for newer than what it has learned meanwhile', async () => {
    const { watch } = watchFixture()
    await watch.look()
    const looking = watch.look()
    watch.learn('2')
    await looking
    expect(watch.current).toBe('2')
  })
})
