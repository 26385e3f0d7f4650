import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { OpeningTurns } from '../../src/pools/opening-turns.ts'
import { acme, globex } from '../support/outbound-fixture.ts'

const always = () => true

/** Opens identities of these names, and says which have begun so far. */
function beginnings(turns: OpeningTurns) {
  const begun: string[] = []
  const begin = async (account: typeof acme, name: string, isWanted = always) => {
    await turns.next(account, name, isWanted)
    begun.push(name)
  }
  return { begun, begin }
}

describe('identities that open', () => {
  it('do so one a turn of the event loop, the accounts by turns', async () => {
    const { begun, begin } = beginnings(new OpeningTurns())
    const all = [begin(acme, 'acme 1'), begin(acme, 'acme 2'), begin(acme, 'acme 3'), begin(globex, 'globex')]
    const seen: number[] = []
    while (begun.length < 4) {
      seen.push(begun.length)
      await setImmediate()
    }
    await Promise.all(all)
    expect(begun).toEqual(['acme 1', 'globex', 'acme 2', 'acme 3'])
    // More than one never began in one turn.
    expect(seen.every((count, n) => n === 0 || count - (seen[n - 1] ?? 0) <= 1)).toBe(true)
  })

  it('begin again when nobody has waited for a while', async () => {
    const { begun, begin } = beginnings(new OpeningTurns())
    await begin(acme, 'acme 1')
    await setImmediate()
    await begin(acme, 'acme 2')
    await Promise.all([begin(acme, 'acme 3'), begin(globex, 'globex')])
    expect(begun).toHaveLength(4)
  })

  it('have one turn for all calls that wait for the same one', async () => {
    const { begun, begin } = beginnings(new OpeningTurns())
    const all = [begin(acme, 'first'), begin(acme, 'second'), begin(acme, 'first'), begin(acme, 'first')]
    await Promise.all(all)
    expect(begun).toEqual(['first', 'first', 'first', 'second'])
  })

  it('leave out those whose calls have all gone', async () => {
    const turns = new OpeningTurns()
    const { begun, begin } = beginnings(turns)
    const gone = Array.from({ length: 100 }, (_, n) => begin(acme, `gone ${n}`, () => false))
    const wanted = begin(acme, 'wanted')
    // With a turn each it would have its own after 100 others.
    for (let turn = 0; turn < 2; turn++) await setImmediate()
    expect(begun.at(-1)).toBe('wanted')
    await Promise.all([wanted, ...gone])
    expect(begun).toHaveLength(101)
  })
})
