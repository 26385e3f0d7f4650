import { describe, expect, it } from '@jest/globals'
import { SharedReads } from '../src/index.ts'

/** Reads that end when they are told to. */
function controlled() {
  const reads: { key: string; end: (value: number) => void; fail: (error: Error) => void }[] = []
  const shared = new SharedReads<string, number>((key) => {
    const { promise, resolve, reject } = Promise.withResolvers<number>()
    reads.push({ key, end: resolve, fail: reject })
    return promise
  })
  const began = async (count: number) => {
    while (reads.length < count) await new Promise(setImmediate)
  }
  return { shared, reads, began }
}

describe('shared reads', () => {
  it('are one for all who ask while another is under way, begun after they asked', async () => {
    const { shared, reads, began } = controlled()
    const first = shared.get('one')
    const later = Array.from({ length: 200 }, () => shared.get('one'))
    expect(reads).toHaveLength(1)
    reads[0]?.end(1)
    expect(await first).toBe(1)
    await began(2)
    const last = shared.get('one')
    reads[1]?.end(2)
    expect(await Promise.all(later)).toEqual(later.map(() => 2))
    await began(3)
    reads[2]?.end(3)
    expect(await last).toBe(3)
    expect(reads).toHaveLength(3)
  })

  it('leave each of those who share one a turn of its own', async () => {
    const { shared, reads, began } = controlled()
    const first = shared.get('one')
    let turn = 0
    const turns = Array.from({ length: 3 }, () => shared.get('one').then(() => turn))
    reads[0]?.end(1)
    await first
    await began(2)
    const count = () =>
      setImmediate(() => {
        turn++
        if (turn < 100) count()
      })
    count()
    reads[1]?.end(2)
    const [a = 0, b = 0, c = 0] = await Promise.all(turns)
    turn = 100
    expect([b - a, c - b]).toEqual([1, 1])
  })

  it('do not wait for those of others', () => {
    const { shared, reads } = controlled()
    void shared.get('one')
    void shared.get('other')
    expect(reads.map(({ key }) => key)).toEqual(['one', 'other'])
  })

  it('go on after one that failed', async () => {
    const { shared, reads, began } = controlled()
    const first = shared.get('one')
    const second = shared.get('one')
    reads[0]?.fail(new Error('away'))
    await expect(first).rejects.toThrow('away')
    await began(2)
    reads[1]?.end(2)
    expect(await second).toBe(2)
    void shared.get('one')
    expect(reads).toHaveLength(3)
  })
})
