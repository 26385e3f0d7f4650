import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type AccountId, isCodedError, parseAccountId } from '@mtls-gateway/domain'
import type { Coordination, InstanceIdentity, Served } from '../../src/port.ts'

export function presenceContract(open: () => Promise<Coordination>): void {
  describe('presence', () => {
    const joined: { leave(): Promise<void> }[] = []
    beforeEach(async () => untilKnown(await open()))
    afterEach(() => Promise.all(joined.splice(0).map((membership) => membership.leave())))

    /** An instance whose state a test changes. */
    async function join(served: readonly (readonly [AccountId, Served])[] = []) {
      const { presence } = await open()
      const identity = { instance: randomUUID(), service: 'forwarder-api', startedAt: new Date().toISOString() }
      const state = { epoch: undefined as string | undefined, served: new Map(served), answers: 0 }
      const onFailed = (error: unknown) => {
        throw error
      }
      const answer = (account: AccountId) => {
        state.answers += 1
        return state.served.get(account)
      }
      const asked = { epoch: () => state.epoch, served: answer, onFailed }
      const membership = presence.join(identity, asked)
      joined.push(membership)
      const { leave } = membership
      const comeBack = () => joined.push(presence.join(identity, asked))
      return { identity, state, leave, comeBack }
    }

    it('names each live instance with what it serves of an account', async () => {
      const { presence } = await open()
      const [account, unnamed] = [someAccount(), someAccount()]
      const [one, other] = [await join([[account, { revision: 7, since: 3 }]]), await join()]
      const identities = [one.identity, other.identity]
      expect(await among(presence.ofAccount(account), ...identities)).toEqual([
        { ...one.identity, hasAnswered: true, revision: 7, since: 3 },
        { ...other.identity, hasAnswered: true, revision: undefined, since: undefined },
      ])
      const ofUnnamed = await among(presence.ofAccount(unnamed), ...identities)
      expect(ofUnnamed.map(({ revision }) => revision)).toEqual([undefined, undefined])
    })

    it('tells what is served after the question came, and of which epoch of the store that is', async () => {
      const { presence } = await open()
      const account = someAccount()
      const { identity, state } = await join()
      for (const [index, epoch] of ['first', undefined, 'third'].entries()) {
        state.served.set(account, { revision: index, since: index })
        state.epoch = epoch
        const [answer] = await among(presence.ofAccount(account), identity)
        expect([answer?.revision, answer?.epoch]).toEqual([index, epoch])
      }
    })

    it('answers many questions at once', async () => {
      const { presence } = await open()
      const accounts = Array.from({ length: 200 }, someAccount)
      const { identity } = await join(accounts.map((account, revision) => [account, { revision, since: 1 }]))
      const answers = await Promise.all(accounts.map((account) => among(presence.ofAccount(account), identity)))
      expect(answers.map(([answer]) => answer?.revision)).toEqual(accounts.map((_, revision) => revision))
    })

    it('asks once for all who ask for one account meanwhile', async () => {
      const { presence } = await open()
      const account = someAccount()
      const { identity, state } = await join([[account, { revision: 1, since: 1 }]])
      const first = among(presence.ofAccount(account), identity)
      await setTimeout(1)
      state.served.set(account, { revision: 2, since: 2 })
      const later = await Promise.all(Array.from({ length: 100 }, () => among(presence.ofAccount(account), identity)))
      expect(later.flat().map(({ revision }) => revision)).toEqual(later.map(() => 2))
      await first
      expect(state.answers).toBe(2)
    })

    it('tells of a live instance that does not answer, and does not take it for one without a copy', async () => {
      const { presence } = await open()
      const { identity, state, leave } = await join()
      state.epoch = 'known'
      await presence.ofAccount(someAccount())
      await leave()
      expect(await among(presence.ofAccount(someAccount()), identity)).toMatchObject([{ hasAnswered: false }])
    })

    it('names each live instance with its epoch, forgets it 5 s after it left, and knows it when it is back', async () => {
      const { presence } = await open()
      const { identity, state, leave, comeBack } = await join()
      const live = () => among(presence.live(), identity)
      // Whatever is shown with it is shown from now on.
      const start = performance.now()
      state.epoch = 'first'
      while ((await live())[0]?.epoch !== 'first') await setTimeout(20)
      expect(await live()).toEqual([{ ...identity, epoch: 'first' }])
      await leave()
      while ((await live()).length > 0) await setTimeout(20)
      expect(performance.now() - start).toBeGreaterThanOrEqual(4_990)
      comeBack()
      while ((await live()).length === 0) await setTimeout(20)
    })
  })
}

/** For 5 s after the start of a backend, nobody can know which instances are live. */
async function untilKnown({ presence }: Coordination): Promise<void> {
  for (;;) {
    try {
      await presence.live()
      return
    } catch (error) {
      if (!isCodedError(error) || error.code !== 'COORDINATION_UNAVAILABLE') throw error
      await setTimeout(100)
    }
  }
}

/** The instances of a test, in its order: the backend may have others. */
async function among<T extends InstanceIdentity>(
  found: Promise<readonly T[]>,
  ...identities: readonly InstanceIdentity[]
): Promise<T[]> {
  const all = await found
  return identities.flatMap(({ instance }) => all.filter((one) => one.instance === instance))
}

function someAccount(): AccountId {
  return parseAccountId(`tenant-${randomUUID()}`)
}
