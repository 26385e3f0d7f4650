import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { type AccountId, isCodedError, parseAccountId } from '@mtls-gateway/domain'
import type { Coordination, InstanceIdentity, Presence, ServedRevision } from '../../src/port.ts'

export function presenceContract(open: () => Promise<Coordination>): void {
  describe('presence', () => {
    beforeEach(async () => untilKnown(await open()))

    it('names each live instance with what it serves of an account', async () => {
      const [one, other, reader] = [await open(), await open(), await open()]
      const [account, unnamed] = [someAccount(), someAccount()]
      const [first, second] = [someInstance(), someInstance()]
      await one.presence.announcer(first).announce(new Map([[account, 7]]))
      await other.presence.announcer(second).announce(new Map())

      const served = await among(reader.presence.ofAccount(account), first, second)
      expect(served).toEqual([
        { ...first, revision: 7, since: expect.any(Number), epoch: undefined },
        { ...second, revision: undefined, since: undefined, epoch: undefined },
      ])
      const ofUnnamed = await among(reader.presence.ofAccount(unnamed), first, second)
      expect(ofUnnamed.map(({ revision }) => revision)).toEqual([undefined, undefined])
    })

    it('shows exactly the revisions of the last announcement', async () => {
      const { presence } = await open()
      const instance = someInstance()
      const [kept, raised, dropped, added] = Array.from({ length: 4 }, someAccount) as AccountsOfTest
      const announcer = presence.announcer(instance)
      const revisions = new Map([kept, raised, dropped].map((account) => [account, 1]))
      await announcer.announce(revisions)
      revisions.set(raised, 2).set(added, 5).delete(dropped)
      await announcer.announce(revisions)

      expect(await served(presence, instance, [kept, raised, dropped, added])).toEqual([1, 2, undefined, 5])
      await announcer.announce(new Map([[raised, 1]]))
      expect(await served(presence, instance, [kept, raised, dropped, added])).toEqual([
        undefined,
        1,
        undefined,
        undefined,
      ])
    })

    it('tells of which epoch of the store the revisions are', async () => {
      const { presence } = await open()
      const [instance, account] = [someInstance(), someAccount()]
      const announcer = presence.announcer(instance)
      const epoch = async () => (await among(presence.ofAccount(account), instance))[0]?.epoch
      const revisions = new Map([[account, 1]])
      for (const announced of ['first', 'second', undefined, 'third']) {
        await announcer.announce(revisions, announced)
        expect(await epoch()).toBe(announced)
      }
    })

    it('tells since when a revision is served, also when the same is announced again', async () => {
      const { presence } = await open()
      const [instance, account] = [someInstance(), someAccount()]
      const announcer = presence.announcer(instance)
      const since = async () => (await among(presence.ofAccount(account), instance))[0]?.since ?? 0
      const before = Date.now()
      await announcer.announce(new Map([[account, 1]]))
      const first = await since()
      expect(first).toBeGreaterThanOrEqual(before)
      while (Date.now() === first) await setTimeout(1)
      await announcer.announce(new Map([[account, 1]]))
      expect(await since()).toBe(first)
      await announcer.announce(new Map([[account, 2]]))
      expect(await since()).toBeGreaterThan(first)
    })

    it('makes announcements one after the other, the last of many at once stays', async () => {
      const { presence } = await open()
      const [instance, account] = [someInstance(), someAccount()]
      const announcer = presence.announcer(instance)
      await Promise.all(Array.from({ length: 20 }, (_, index) => announcer.announce(new Map([[account, index + 1]]))))
      expect(await served(presence, instance, [account])).toEqual([20])
    })

    it('carries 10,000 accounts of an instance, and changes of all of them', async () => {
      const { presence } = await open()
      const instance = someInstance()
      const accounts = Array.from({ length: 10_000 }, someAccount)
      const announcer = presence.announcer(instance)
      const asked = [0, 1, 999, 1_000, 5_000, 9_999].map((index) => accounts[index] ?? someAccount())
      for (const revision of [1, 2]) {
        await announcer.announce(new Map(accounts.map((account) => [account, revision])))
        expect(await served(presence, instance, asked)).toEqual(asked.map(() => revision))
      }
    })

    it('forgets an instance 5 s after its last announcement, and knows it whole when it comes back', async () => {
      const { presence } = await open()
      const [gone, account] = [someInstance(), someAccount()]
      const announcer = presence.announcer(gone)
      await announcer.announce(new Map([[account, 3]]))
      const start = performance.now()
      await announcer.announce(new Map([[account, 3]]))
      while ((await among(presence.ofAccount(account), gone)).length > 0) await setTimeout(20)
      expect(performance.now() - start).toBeGreaterThanOrEqual(4_990)
      expect(await among(presence.ofAccount(account), gone)).toEqual([])
      await announcer.announce(new Map([[account, 3]]))
      expect(await served(presence, gone, [account])).toEqual([3])
    })
  })
}

type AccountsOfTest = [AccountId, AccountId, AccountId, AccountId]

/** For 5 s after the start of a backend, nobody can know which instances are live. */
async function untilKnown({ presence }: Coordination): Promise<void> {
  for (;;) {
    try {
      await presence.ofAccount(someAccount())
      return
    } catch (error) {
      if (!isCodedError(error) || error.code !== 'COORDINATION_UNAVAILABLE') throw error
      await setTimeout(100)
    }
  }
}

async function served(presence: Presence, identity: InstanceIdentity, accounts: readonly AccountId[]) {
  const revisions: ServedRevision['revision'][] = []
  for (const account of accounts) {
    const [found, ...others] = await among(presence.ofAccount(account), identity)
    expect([found?.instance, others]).toEqual([identity.instance, []])
    revisions.push(found?.revision)
  }
  return revisions
}

/** The instances of a test, in its order: the backend may have others. */
async function among<T extends InstanceIdentity>(
  found: Promise<readonly T[]>,
  ...identities: readonly InstanceIdentity[]
): Promise<T[]> {
  const all = await found
  return identities.flatMap(({ instance }) => all.filter((one) => one.instance === instance))
}

function someInstance(): InstanceIdentity {
  return { instance: randomUUID(), service: 'forwarder-api', startedAt: new Date().toISOString() }
}

function someAccount(): AccountId {
  return parseAccountId(`tenant-${randomUUID()}`)
}
