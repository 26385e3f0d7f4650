import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { longFiles } from '../src/long-files.ts'
import { root } from '../src/root.ts'
import { longBesideShort, withEstimates } from '../src/test-order.ts'

const file = (name: string, duration: number) => ({ path: join(root, name), duration })
const namesOf = (files: readonly { readonly path: string }[]) => files.map(({ path }) => path.slice(root.length + 1))

describe('the order of test files', () => {
  it('takes the listed length of files that have not been run on this machine, or the usual one', () => {
    const files = [file('run', 9_000), { path: join(root, 'listed') }, { path: join(root, 'new') }]
    const estimated = withEstimates(files, { run: 30, listed: 50 })
    // All have one, so that what is left of a run is known.
    expect(estimated).toEqual([file('run', 9_000), file('listed', 50_000), file('new', 1_500)])
  })

  it('has the longest one after the other, and the shortest beside them for as much time', () => {
    const all = [file('10', 10), file('30', 30), file('5', 5), file('15', 15), file('40', 40), file('25', 25)]
    expect(namesOf(longBesideShort(all))).toEqual(['40', '5', '10', '15', '25', '30'])
    const short = Array.from({ length: 9 }, (_, n) => file(`short-${n}`, 20 - n))
    const order = longBesideShort([...short, file('long', 30), file('longer', 40)])
    expect(namesOf(order).filter((name) => name.startsWith('long'))).toEqual(['longer', 'long'])
    expect(namesOf(order).indexOf('long')).toBe(5)
  })

  it('has each file once', () => {
    const files = [file('a', 1_500), file('b', 1), file('c', 1_500), file('d', 90_000)]
    expect(namesOf(longBesideShort(files)).toSorted()).toEqual(['a', 'b', 'c', 'd'])
    expect(longBesideShort([])).toEqual([])
  })

  it('names files that are there', () => {
    expect(Object.keys(longFiles).filter((name) => !existsSync(join(root, name)))).toEqual([])
  })
})
