import { randomUUID } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { type AccountId, type MappingId, parseAccountId, parseMappingId } from '@mtls-gateway/domain'
import type { Coordination, MappingOutcome, OutcomeEntry } from '../../src/port.ts'

const dayMs = 86_400_000
const [seven, eight, nine] = [7, 8, 9].map(mappingNo) as [MappingId, MappingId, MappingId]

export function outcomeContract(open: () => Promise<Coordination>): void {
  describe('outcomes of mappings', () => {
    it('add up what all instances tell, and a success ends a row of failures', async () => {
      const [one, other, reader] = [await open(), await open(), await open()]
      const account = someAccount()
      const now = Date.now()
      const of = async (): Promise<MappingOutcome | undefined> =>
        (await reader.outcomes.of(account, [seven])).get(seven)
      const tell = ({ outcomes }: Coordination, entry: Omit<OutcomeEntry, 'account' | 'mappingId'>) =>
        outcomes.record([{ account, mappingId: seven, ...entry }])

      await tell(one, { failure: { at: now, code: 'TIMEOUT' }, failuresInARow: 2, failingSince: now - 9 })
      await tell(other, { failure: { at: now - 1, code: 'ECONNRESET' }, failuresInARow: 3, failingSince: now - 5 })
      const timeout = { at: now, code: 'TIMEOUT' }
      expect(await of()).toEqual({ succeededAt: undefined, failure: timeout, failuresInARow: 5, failingSince: now - 9 })

      await tell(one, { succeededAt: now + 1, failuresInARow: 0 })
      expect(await of()).toEqual({ succeededAt: now + 1, failure: timeout, failuresInARow: 0 })

      const failing = { failure: { at: now + 2 }, failuresInARow: 1, failingSince: now + 2 }
      await tell(other, { succeededAt: now, ...failing })
      expect(await of()).toEqual({ succeededAt: now + 1, ...failing })

      await tell(one, { succeededAt: now + 3, failuresInARow: 0 })
      await tell(one, { ...failing, failingSince: now + 4 })
      expect((await of())?.failingSince).toBe(now + 4)
    })

    it('have failed since the first failure after the last success, in whatever order instances tell', async () => {
      const { outcomes } = await open()
      const account = someAccount()
      const now = Date.now()
      const failed = (mappingId: MappingId, failingSince: number): OutcomeEntry => {
        return { account, mappingId, failure: { at: now }, failuresInARow: 1, failingSince }
      }
      await outcomes.record([failed(seven, now - 5), failed(nine, now - 5)])
      await outcomes.record([failed(seven, now - 9)])
      await outcomes.record([{ account, mappingId: eight, succeededAt: now - 3, failuresInARow: 0 }])
      await outcomes.record([failed(eight, now - 8)])
      const kept = await outcomes.of(account, [seven, eight, nine])
      const since = [seven, eight, nine].map((id) => now - (kept.get(id)?.failingSince ?? 0))
      expect(since).toEqual([9, 3, 5])
    })

    it('are those of the mappings that are asked for, if these were called in the last 90 days', async () => {
      const { outcomes } = await open()
      const [account, other] = [someAccount(), someAccount()]
      const [now, old] = [Date.now(), Date.now() - 90 * dayMs - 60_000]
      await outcomes.record([
        { account, mappingId: seven, succeededAt: now, failuresInARow: 0 },
        { account, mappingId: eight, succeededAt: old, failuresInARow: 0 },
        { account, mappingId: nine, succeededAt: now, failuresInARow: 0 },
        { account: other, mappingId: seven, failure: { at: now }, failuresInARow: 1 },
      ])
      expect([...(await outcomes.of(account, [eight, seven])).keys()]).toEqual([seven])
      expect((await outcomes.of(other, [seven])).get(seven)?.failuresInARow).toBe(1)
      expect(await outcomes.of(account, [])).toEqual(new Map())
    })

    it('are kept of the 10,000 mappings of an account that were called last, deleted or not', async () => {
      const { outcomes } = await open()
      const [account, other] = [someAccount(), someAccount()]
      const begin = Date.now() - 60_000
      const failed = (id: number, at = begin + id): OutcomeEntry => ({
        account,
        mappingId: mappingNo(id),
        failure: { at },
        failuresInARow: 1,
      })
      const numbers = Array.from({ length: 10_700 }, (_, index) => index + 1)
      await outcomes.record([{ ...failed(1, begin), account: other }])
      await outcomes.record(numbers.slice(0, 10_000).map((id) => failed(id)))
      await outcomes.record([failed(1, begin + 20_000)])
      await outcomes.record(numbers.slice(10_000).map((id) => failed(id)))
      const kept = await outcomes.of(account, numbers.map(mappingNo))
      expect([...kept.keys()]).toEqual([1, ...numbers.filter((id) => id > 701)])
      expect(kept.get(mappingNo(1))?.failuresInARow).toBe(2)
      expect((await outcomes.of(other, [mappingNo(1)])).size).toBe(1)
    })

    it('take thousands of mappings at once', async () => {
      const { outcomes } = await open()
      const account = someAccount()
      const mappings = Array.from({ length: 2_000 }, (_, index) => mappingNo(index + 1))
      await outcomes.record(
        mappings.map((mappingId) => ({ account, mappingId, succeededAt: Date.now(), failuresInARow: 0 })),
      )
      expect((await outcomes.of(account, mappings)).size).toBe(2_000)
    })
  })
}

function mappingNo(id: number): MappingId {
  const mapping = parseMappingId(id)
  if (mapping === undefined) throw new RangeError(`${id} is no mapping`)
  return mapping
}

function someAccount(): AccountId {
  return parseAccountId(`tenant-${randomUUID()}`)
}
