import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { convertInTurns, filterInTurns, stepsInTurns, writeInTurns } from '../src/index.ts'

async function textOf(written: AsyncIterable<Buffer> | string): Promise<string> {
  if (typeof written === 'string') return written
  const parts: Buffer[] = []
  for await (const part of written) parts.push(part)
  return Buffer.concat(parts).toString()
}

describe('a list that is written in turns', () => {
  it.each([0, 1, 49, 50, 51, 10_000])('is the JSON of its items: %i', async (count) => {
    const items = Array.from({ length: count }, (_, id) => ({ id, name: `é "${id}"` }))
    let characters = 0
    const written = await writeInTurns(items, (more) => {
      characters += more
    })
    expect(written).toBe(JSON.stringify(items))
    expect(characters).toBe(JSON.stringify(items).length)
  })

  it.each([0, 1, 2, 10_000])('is the JSON of an object with its members: %i', async (count) => {
    const members = Object.fromEntries(Array.from({ length: count }, (_, id) => [`é "${id}"`, id % 2 === 0]))
    expect(await writeInTurns(members)).toBe(JSON.stringify(members))
  })

  it.each([
    {},
    { revision: 1, nothing: undefined, none: null, text: 'é' },
    { approval: { changes: Array.from({ length: 5_000 }, (_, id) => ({ id })), none: undefined }, answer: [null, 1] },
    { list: Array.from({ length: 5_000 }, (_, id) => ({ id })), empty: {}, members: { a: 1, 'b"': [2] }, none: [] },
  ])('is the JSON of an object whose members are long', async (sections) => {
    expect(await writeInTurns(sections)).toBe(JSON.stringify(sections))
  })

  it('is made only as fast as it is read if it is too long to have all of it', async () => {
    let made = 0
    const text = 'é'.repeat(100 * 1_024)
    const item = {
      toJSON: () => {
        made += 1
        return text
      },
    }
    const items = Array.from({ length: 200 }, () => item)
    const written = await writeInTurns(items, () => {})
    expect(made).toBeLessThan(100)
    if (typeof written === 'string') throw new TypeError('it is a stream')
    for (let turn = 0; turn < 20; turn++) await setImmediate()
    expect(made).toBeLessThan(100)
    expect(await textOf(written)).toBe(JSON.stringify(Array.from({ length: 200 }, () => text)))
    expect(made).toBe(200)
  })
})

/** How many turns of the event loop others had during a work. */
async function turnsDuring(work: Promise<unknown>): Promise<number> {
  let turns = 0
  let isDone = false
  const counting = (async () => {
    while (!isDone) {
      await setImmediate()
      turns += 1
    }
  })()
  await work
  isDone = true
  await counting
  return turns
}

/** So long that no slice has two of them. */
function takeLong(): void {
  for (const end = performance.now() + 1; performance.now() < end; );
}

describe('a long list', () => {
  const items = Array.from({ length: 60 }, (_, id) => id)

  it('lets others have their turns after each item that takes long', async () => {
    const converted = convertInTurns(items, (item) => {
      takeLong()
      return item + 1
    })
    expect(await turnsDuring(converted)).toBeGreaterThanOrEqual(60)
    expect(await converted).toEqual(items.map((item) => item + 1))
    const filtered = filterInTurns(items, (item) => {
      takeLong()
      return item % 2 === 0
    })
    expect(await turnsDuring(filtered)).toBeGreaterThanOrEqual(60)
    expect(await filtered).toEqual(items.filter((item) => item % 2 === 0))
  })

  it('of which one fails is not gone through any further', async () => {
    let seen = 0
    const converted = convertInTurns(items, (item) => {
      takeLong()
      seen += 1
      if (item === 3) throw new RangeError('three')
    })
    await expect(converted).rejects.toThrow('three')
    expect(seen).toBe(4)
  })
})

describe('work in steps', () => {
  it('lets others have their turns between them', async () => {
    let turns = 0
    function* steps(): Generator<undefined, string> {
      const deadline = performance.now() + 10_000
      while (turns < 3 && performance.now() < deadline) yield
      return 'done'
    }
    let isDone = false
    const counting = (async () => {
      while (!isDone) {
        await setImmediate()
        turns += 1
      }
    })()
    expect(await stepsInTurns(steps())).toBe('done')
    isDone = true
    await counting
    expect(turns).toBeGreaterThanOrEqual(3)
  })
})
