import { setImmediate, setTimeout } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { CallerTurns } from '../src/caller-turns.ts'
import { acme, globex } from './outbound-fixture.ts'

const always = () => true

/** Begins callers of these names, and says which have begun so far. */
function beginnings(turns: CallerTurns) {
  const begun: string[] = []
  const begin = async (account: typeof acme, name: string, isWanted = always) => {
    await turns.next(account, name, isWanted)
    begun.push(name)
  }
  return { begun, begin }
}

describe('callers that begin', () => {
  it('do so one a turn of the event loop, the accounts by turns', async () => {
    const { begun, begin } = beginnings(new CallerTurns())
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
    const { begun, begin } = beginnings(new CallerTurns())
    await begin(acme, 'acme 1')
    await setImmediate()
    await begin(acme, 'acme 2')
    await Promise.all([begin(acme, 'acme 3'), begin(globex, 'globex')])
    expect(begun).toHaveLength(4)
  })

  it('have one turn for all calls that wait for the same one', async () => {
    const { begun, begin } = beginnings(new CallerTurns())
    const all = [begin(acme, 'first'), begin(acme, 'second'), begin(acme, 'first'), begin(acme, 'first')]
    await Promise.all(all)
    expect(begun).toEqual(['first', 'first', 'first', 'second'])
  })

  it('rest in between while another account makes calls, each account for itself', async () => {
    const turns = new CallerTurns()
    const { begun, begin } = beginnings(turns)
    turns.noteCall(globex)
    turns.noteCall(acme)
    const acmes = Array.from({ length: 10 }, (_, n) => begin(acme, `acme ${n}`))
    await acmes[0]
    // The other one's first caller has no reason to wait.
    await begin(globex, 'globex')
    expect(begun).toEqual(['acme 0', 'globex'])
    const began = performance.now()
    await Promise.all(acmes)
    // A timer may be early by a millisecond.
    expect(performance.now() - began).toBeGreaterThan(9 * 13 - 14)
  })

  it('rest although the account makes many calls for each one of the other', async () => {
    const turns = new CallerTurns()
    const { begun, begin } = beginnings(turns)
    turns.noteCall(globex)
    for (let call = 0; call < 1_000; call++) turns.noteCall(acme)
    const all = [begin(acme, 'acme 1'), begin(acme, 'acme 2')]
    await all[0]
    for (let turn = 0; turn < 5; turn++) await setImmediate()
    expect(begun).toEqual(['acme 1'])
    await Promise.all(all)
  })

  it('do not rest while nobody else makes calls', async () => {
    const turns = new CallerTurns()
    const { begun, begin } = beginnings(turns)
    const all = Array.from({ length: 5 }, (_, n) => {
      turns.noteCall(acme)
      return begin(acme, `acme ${n}`)
    })
    for (let turn = 0; turn < 10; turn++) await setImmediate()
    expect(begun).toHaveLength(5)
    await Promise.all(all)
  })

  it('leave out those whose calls have all gone', async () => {
    const turns = new CallerTurns()
    const { begun, begin } = beginnings(turns)
    turns.noteCall(globex)
    turns.noteCall(acme)
    const gone = Array.from({ length: 100 }, (_, n) => begin(acme, `gone ${n}`, () => false))
    const wanted = begin(acme, 'wanted')
    await Promise.all([wanted, setTimeout(100)])
    expect(begun.at(-1)).toBe('wanted')
    await Promise.all(gone)
    // With intervals their turn would have come after 1.4 s.
    expect(begun).toHaveLength(101)
  })
})
