import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { longFiles } from '../src/long-files.ts'
import { listedFirst } from '../src/longest-first.ts'
import { root } from '../src/workspaces.ts'

describe('the order of test files', () => {
  it('begins with the longest that have not been run on this machine, and is that of Jest otherwise', () => {
    const file = (name: string, duration?: number) => ({
      path: join(root, name),
      ...(duration !== undefined && { duration }),
    })
    const sorted = [
      file('failed', 10),
      file('new'),
      file('long', 9_000),
      file('longest'),
      file('longer'),
      file('short', 1),
    ]
    const order = listedFirst(sorted, { long: 30, longer: 50, longest: 60 })
    expect(order).toEqual([
      file('longest', 60_000),
      file('longer', 50_000),
      file('failed', 10),
      file('new'),
      file('long', 9_000),
      file('short', 1),
    ])
  })

  it('names files that are there', () => {
    expect(Object.keys(longFiles).filter((name) => !existsSync(join(root, name)))).toEqual([])
  })
})
