import { randomUUID } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { type AccountId, parseAccountId } from '@mtls-gateway/domain'
import type { Coordination } from '../../src/port.ts'

const dayMs = 86_400_000

export function usageContract(open: () => Promise<Coordination>): void {
  describe('usage', () => {
    it('adds up what all instances record, and keeps the latest use whatever comes in last', async () => {
      const [one, other, reader] = [await open(), await open(), await open()]
      const account = someAccount()
      const now = Date.now()
      await one.usage.record([
        { account, subject: 'certificate:1', calls: 3, at: now },
        { account, subject: 'app-key:a', calls: 1, at: now - 2 },
      ])
      await other.usage.record([
        { account, subject: 'certificate:1', calls: 4, at: now - dayMs },
        { account, subject: 'certificate:1', calls: 1, at: now - 1 },
      ])
      expect(await reader.usage.of(account)).toEqual(
        new Map([
          ['certificate:1', { calls: 8, lastUsedAt: now }],
          ['app-key:a', { calls: 1, lastUsedAt: now - 2 }],
        ]),
      )
    })

    it('keeps accounts apart, knows nothing of one without any, and takes any text as a subject', async () => {
      const { usage } = await open()
      const [account, other, without] = [someAccount(), someAccount(), someAccount()]
      const at = Date.now()
      const subjects = ['', ' ', ':', '__proto__', "é'\n"]
      await usage.record([
        ...subjects.map((subject) => ({ account, subject, calls: 1, at })),
        { account: other, subject: 'a', calls: 1, at },
      ])
      expect([...(await usage.of(account)).keys()].sort()).toEqual(subjects.sort())
      expect([...(await usage.of(other)).keys()]).toEqual(['a'])
      expect(await usage.of(without)).toEqual(new Map())
      await expect(usage.record([])).resolves.toBeUndefined()
    })

    it('forgets, calls and all, what has not been used for 90 days', async () => {
      const { usage } = await open()
      const account = someAccount()
      const now = Date.now()
      const minuteMs = 60_000
      await usage.record([
        { account, subject: 'old', calls: 7, at: now - 90 * dayMs - minuteMs },
        { account, subject: 'kept', calls: 7, at: now - 90 * dayMs + minuteMs },
      ])
      expect([...(await usage.of(account)).keys()]).toEqual(['kept'])
      await usage.record([{ account, subject: 'old', calls: 1, at: now }])
      expect((await usage.of(account)).get('old')).toEqual({ calls: 1, lastUsedAt: now })
    })

    it('takes thousands of entries of one account, and of as many accounts, in a batch', async () => {
      const { usage } = await open()
      const [account, at] = [someAccount(), Date.now()]
      const others = Array.from({ length: 1_000 }, someAccount)
      await usage.record([
        ...Array.from({ length: 3_000 }, (_, index) => ({ account, subject: `certificate:${index}`, calls: 2, at })),
        ...others.map((other) => ({ account: other, subject: 'a', calls: 1, at })),
      ])
      const used = await usage.of(account)
      expect(used.size).toBe(3_000)
      expect(used.get('certificate:2999')).toEqual({ calls: 2, lastUsedAt: at })
      expect((await usage.of(others.at(-1) ?? account)).size).toBe(1)
    })
  })
}

function someAccount(): AccountId {
  return parseAccountId(`tenant-${randomUUID()}`)
}
