import { describe, expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import { readerFixture } from '../reader-fixture.ts'
import { accountId } from '../sample-account.ts'

describe('what a reader tells of its copies', () => {
  it('is how often one was at hand, and how many there are', async () => {
    const { reader } = await readerFixture()
    const absent = parseAccountId('nobody')
    for (const asked of [accountId, accountId, absent, absent]) await reader.get(asked)
    const { bytes, ...state } = reader.cache()
    expect(state).toEqual({ hits: 2, misses: 2, entries: 1, maxBytes: 1e6 })
    expect(bytes).toBeGreaterThan(0)
  })

  it('is how long after its first notice a copy has a change, if there was a copy', async () => {
    const lags: number[] = []
    const { reader, clock, store, write, tell } = await readerFixture({ onCaughtUp: (ms) => lags.push(ms) })
    await tell(1)
    await reader.get(accountId)
    await write(3)
    store.goDown()
    await tell(2)
    await reader.refresh(accountId)
    await clock.advance(4_000)
    await tell(3)
    expect([reader.behind, lags]).toEqual([1, []])
    store.comeBack()
    await clock.advance(2_000)
    await reader.refresh(accountId)
    expect([reader.behind, lags]).toEqual([0, [6_000]])
  })
})
