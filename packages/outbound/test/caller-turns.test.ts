import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { CallerTurns } from '../src/caller-turns.ts'
import { acme, globex } from './outbound-fixture.ts'

describe('callers that begin', () => {
  it('do so one a turn of the event loop, the accounts by turns', async () => {
    const turns = new CallerTurns()
    const begun: string[] = []
    const begin = async (account: typeof acme, name: string) => {
      await turns.next(account)
      begun.push(name)
    }
    const all = [begin(acme, 'acme 1'), begin(acme, 'acme 2'), begin(acme, 'acme 3'), begin(globex, 'globex')]
    const seen: number[] = []
    while (begun.length < 4) {
      seen.push(begun.length)
      await setImmediate()
    }
    await Promise.all(all)
    expect(begun).toEqual(['acme 1', 'globex', 'acme 2', 'acme 3'])
    // No turn in which more than one began.
    expect(seen.every((count, n) => n === 0 || count - (seen[n - 1] ?? 0) <= 1)).toBe(true)
  })

  it('begin again when nobody has waited for a while', async () => {
    const turns = new CallerTurns()
    await turns.next(acme)
    await setImmediate()
    await turns.next(acme)
    await Promise.all([turns.next(acme), turns.next(globex)])
  })
})
