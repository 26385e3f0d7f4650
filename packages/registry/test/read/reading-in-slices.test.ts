import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { TimeSlices } from '@mtls-gateway/event-loop'
import { encodeAccount } from '../../src/format/account-codec.ts'
import { AccountSnapshot } from '../../src/read/account-snapshot.ts'
import { accountId, largeAccount } from '../sample-account.ts'
import { decodeAccount } from '../writer-fixture.ts'

/** Slices in a time in which each look at the clock takes 0.5 ms, and how many records each slice had. */
function countedSlices() {
  let now = 0
  let turns = 0
  const slices = new TimeSlices(2, () => (now += 0.5))
  const next = slices.next.bind(slices)
  slices.next = () => {
    turns++
    return next()
  }
  return { slices, turns: () => turns }
}

describe('work in slices', () => {
  it('pauses after 2 ms, in parsing as in indexing', async () => {
    const account = largeAccount({ certificates: 40, mappings: 400 })
    const stored = await encodeAccount(account, new TimeSlices())
    const parsing = countedSlices()
    await decodeAccount(stored, accountId, parsing.slices)
    expect(parsing.turns()).toBeGreaterThanOrEqual((40 + 400 + 50 + 200) / 4)
    const indexing = countedSlices()
    await AccountSnapshot.index({ account }, 0, indexing.slices)
    expect(indexing.turns()).toBeGreaterThanOrEqual((40 + 400) / 4)
  })

  it('leaves the event loop to others between its slices', async () => {
    const account = largeAccount({ certificates: 40, mappings: 400 })
    const { slices } = countedSlices()
    let isDone = false
    let turns = 0
    const work = AccountSnapshot.index({ account }, 0, slices).then(() => {
      isDone = true
    })
    for (; !isDone; turns++) await turn()
    await work
    expect(turns).toBeGreaterThan(50)
  })
})
