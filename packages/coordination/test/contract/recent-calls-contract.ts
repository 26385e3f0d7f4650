import { randomUUID } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { type AccountId, parseAccountId, parseMappingId } from '@mtls-gateway/domain'
import type { CallEntry, CallQuery, Coordination, RecentCall, RecordedCall } from '../../src/port.ts'

const dayMs = 86_400_000

export function recentCallsContract(open: () => Promise<Coordination>): void {
  describe('recent calls', () => {
    it('come back newest first, whoever recorded them, with all that is known of them', async () => {
      const [one, other, reader] = [await open(), await open(), await open()]
      const account = someAccount()
      const full: RecentCall = {
        ...failed('first'),
        url: "https://a.example/é'\n",
        serviceName: 'IDP',
        mappingId: parseMappingId(7),
        fingerprintSha256: 'ab',
        status: 424,
        code: 'TARGET_UNREACHABLE',
        transportCode: 'TIMEOUT',
        phase: 'connect',
        lookUpMs: 1.5,
      }
      await one.calls.record([{ account, call: full }])
      await other.calls.record([succeeded('second'), failed('third')].map((call) => ({ account, call })))
      const found = await reader.calls.of(account, { limit: 10 })
      expect(ids(found)).toEqual(['third', 'second', 'first'])
      expect(found[2]).toEqual({ ...full, id: expect.any(Number) })
      expect(await reader.calls.of(someAccount(), { limit: 10 })).toEqual([])
    })

    it('are found by outcome, mapping, code, url, request id and time, and page by page', async () => {
      const { calls } = await open()
      const account = someAccount()
      const old = Date.now() - dayMs
      const [seven, eight] = [parseMappingId(7), parseMappingId(8)]
      await record({ calls }, account, [
        { ...failed('a'), at: old, mappingId: seven, transportCode: 'TIMEOUT' },
        { ...succeeded('b'), mappingId: seven, url: 'https://bank.example:443/token' },
        { ...failed('c'), outcome: 'refused', code: 'RATE_LIMITED' },
        { ...failed('d'), mappingId: eight, transportCode: 'TIMEOUT' },
      ])
      const found = async (query: Omit<CallQuery, 'limit'>) => ids(await calls.of(account, { limit: 10, ...query }))
      expect(await found({ outcome: 'succeeded' })).toEqual(['b'])
      expect(await found({ outcome: 'failed' })).toEqual(['d', 'a'])
      expect(await found({ mappingId: seven })).toEqual(['b', 'a'])
      expect(await found({ code: 'TIMEOUT' })).toEqual(['d', 'a'])
      expect(await found({ code: 'RATE_LIMITED' })).toEqual(['c'])
      expect(await found({ url: 'https://bank.example:443/' })).toEqual(['b'])
      expect(await found({ url: 'https://bank.example:443/token/' })).toEqual([])
      expect(await found({ url: 'https://bank.example:443/token' })).toEqual(['b'])
      expect(await found({ url: 'https://bank.example:443' })).toEqual(['b'])
      for (const url of ['https://bank.example', 'https://bank.example:44', 'https://bank.example:443/tok']) {
        expect(await found({ url })).toEqual([])
      }
      expect(await found({ requestId: 'c' })).toEqual(['c'])
      expect(await found({ since: old + 1 })).toEqual(['d', 'c', 'b'])
      expect(await found({ until: old + 1 })).toEqual(['a'])
      expect(await found({ until: old })).toEqual([])
      expect(await found({ since: old + 1, code: 'TIMEOUT', outcome: 'failed', mappingId: eight })).toEqual(['d'])

      const first = await calls.of(account, { limit: 3 })
      expect(ids(first)).toEqual(['d', 'c', 'b'])
      expect(await found({ before: first[2]?.id })).toEqual(['a'])
      expect(await found({ after: first[2]?.id })).toEqual(['d', 'c'])
      expect(await found({ after: first[0]?.id })).toEqual([])
    })

    it('are found without a gap by whoever goes on after the newest, while others are recorded', async () => {
      const [writer, reader] = [await open(), await open()]
      const account = someAccount()
      const seen: string[] = []
      let after = 0
      const look = async () => {
        const found = await reader.calls.of(account, { limit: 1_000, after })
        seen.push(...ids(found))
        after = found[0]?.id ?? after
      }
      for (let round = 0; round < 30; round++) {
        const writing = () =>
          Promise.all([record(writer, account, [failed('f')]), record(writer, account, [succeeded('s')])])
        await Promise.all([look(), writing()])
      }
      await look()
      expect([seen.filter((id) => id === 'f').length, seen.filter((id) => id === 's').length]).toEqual([30, 30])
    })

    it('are bounded for each account, and many successes push out no failure', async () => {
      const { calls } = await open()
      const [loud, quiet] = [someAccount(), someAccount()]
      await record({ calls }, quiet, [failed('kept')])
      await record({ calls }, loud, [failed('failure')])
      await record({ calls }, loud, numbered(650, succeeded))
      const successes = await calls.of(loud, { limit: 1_000, outcome: 'succeeded' })
      expect([successes.length, successes[0]?.requestId, successes.at(-1)?.requestId]).toEqual([100, '649', '550'])
      expect(ids(await calls.of(loud, { limit: 1_000, outcome: 'failed' }))).toEqual(['failure'])
      await record({ calls }, loud, numbered(650, failed))
      const failures = await calls.of(loud, { limit: 1_000, outcome: 'failed' })
      expect([failures.length, failures.at(-1)?.requestId]).toEqual([500, '150'])
      expect(ids(await calls.of(quiet, { limit: 10 }))).toEqual(['kept'])
    })

    it('are looked for beyond the newest where few of many fit', async () => {
      const { calls } = await open()
      const account = someAccount()
      await record({ calls }, account, [{ ...failed('needle'), code: 'NEEDLE' }, ...numbered(450, failed)])
      expect(ids(await calls.of(account, { limit: 1, code: 'NEEDLE' }))).toEqual(['needle'])
    })
  })
}

function record({ calls }: Pick<Coordination, 'calls'>, account: AccountId, all: readonly RecentCall[]): Promise<void> {
  return calls.record(all.map((call): CallEntry => ({ account, call })))
}

function failed(requestId: string): RecentCall {
  const who = { caller: 'tenant.key', clientAddress: '192.0.2.1' }
  return { outcome: 'failed', at: Date.now(), requestId, method: 'GET', ...who, ms: 1 }
}

function succeeded(requestId: string): RecentCall {
  return { ...failed(requestId), outcome: 'succeeded', status: 200 }
}

function numbered(count: number, call: (requestId: string) => RecentCall): RecentCall[] {
  return Array.from({ length: count }, (_, index) => call(String(index)))
}

function ids(calls: readonly RecordedCall[]): string[] {
  return calls.map(({ requestId }) => requestId)
}

function someAccount(): AccountId {
  return parseAccountId(`tenant-${randomUUID()}`)
}
