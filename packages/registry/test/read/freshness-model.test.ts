import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { AccountSnapshot } from '../../src/read/account-snapshot.ts'
import { readerFixture } from '../reader-fixture.ts'
import { accountId } from '../sample-account.ts'

type Fixture = Awaited<ReturnType<typeof readerFixture>>

/** What a call may rely on, whatever happened before. */
interface Model {
  isDown: boolean
  written: { revision: number; at: number }[]
  /** What notices have told of. */
  told: { revision: number; at: number }[]
  /** The revision that a call must have at least, whenever it comes. */
  owed: number
}

type Step = (fixture: Fixture, model: Model) => Promise<void>

const minute = 60_000
const newest = (model: Model) => model.written.at(-1)?.revision ?? 0

const steps = {
  async writeAndTell(fixture, model) {
    await steps.writeUnheard(fixture, model)
    await fixture.tell(newest(model))
    model.told.push({ revision: newest(model), at: fixture.clock.now() })
  },
  async writeUnheard({ store, clock, write }, model) {
    const revision = newest(model) + 1
    store.comeBack()
    await write(revision)
    if (model.isDown) store.goDown()
    model.written.push({ revision, at: clock.now() })
  },
  async tellRevocation(fixture, model) {
    await steps.writeUnheard(fixture, model)
    await fixture.tell(newest(model), ['k3y'])
    model.owed = newest(model)
  },
  async tellLate({ tell, clock }, model) {
    await tell(Math.max(1, newest(model) - 1))
    model.told.push({ revision: newest(model) - 1, at: clock.now() })
  },
  async gap({ changeFeed }, model) {
    changeFeed.tellOfGap()
    model.owed = newest(model)
  },
  async goDown({ store }, model) {
    store.goDown()
    model.isDown = true
  },
  async comeBack({ store, clock }, model) {
    store.comeBack()
    model.isDown = false
    // For a moment after a failure the last good copy is served without a look.
    await clock.advance(1_000)
  },
  async wait({ clock }) {
    await clock.advance(100)
  },
  async waitLong({ clock }) {
    await clock.advance(6 * minute)
  },
  async call(fixture, model) {
    const { owed, isDown } = model
    const now = fixture.clock.now()
    const expired = model.written.filter(({ at }) => at <= now - 5 * minute).at(-1)?.revision ?? 0
    // An account that changes more often than it may be read is served 2 s behind at most.
    const due = Math.max(...model.told.filter(({ at }) => at <= now - 2_000).map(({ revision }) => revision))
    const outcome = await answer(fixture)
    if (isDown && !('revision' in outcome)) expect(outcome).toMatchObject({ code: 'STORE_UNAVAILABLE' })
    else if (!isDown) expect(outcome).toMatchObject({ revision: expect.any(Number) })
    if (!isDown && 'revision' in outcome) expect(outcome.revision).toBeGreaterThanOrEqual(Math.max(owed, expired, due))
  },
} satisfies Record<string, Step>

/** Lets time pass until the call is answered. */
async function answer({ reader, clock }: Fixture): Promise<AccountSnapshot | Error> {
  let outcome: AccountSnapshot | Error | undefined
  const call = Promise.resolve(reader.get(accountId)).then(
    (account) => {
      outcome = account ?? new Error('absent')
    },
    (error: Error) => {
      outcome = error
    },
  )
  while (outcome === undefined) await clock.advance(100)
  await call
  return outcome
}

describe('a reader over a store and a feed that come and go', () => {
  it('serves no older account than it was told of 2 s ago, than one that revoked something, than was written before a gap, or than 5 minutes ago', async () => {
    const names = fc.constantFrom(...(Object.keys(steps) as (keyof typeof steps)[]))
    await fc.assert(
      fc.asyncProperty(fc.array(names, { minLength: 5, maxLength: 40 }), async (plan) => {
        const fixture = await readerFixture()
        const model: Model = { isDown: false, written: [{ revision: 1, at: 0 }], told: [], owed: 1 }
        for (const name of plan) {
          await steps[name](fixture, model)
          await steps.call(fixture, model)
        }
        expect(fixture.events.filter(({ type }) => type === 'store-restored')).toEqual([])
      }),
      { numRuns: 60 },
    )
  })
})
