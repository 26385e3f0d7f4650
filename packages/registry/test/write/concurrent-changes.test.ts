import { describe, expect, it } from '@jest/globals'
import { type Account, type Command, emptyAccount, isCodedError, type RecordId } from '@mtls-gateway/domain'
import fc from 'fast-check'
import { AccountWriter } from '../../src/write/account-writer.ts'
import { addMapping, removeMapping } from '../commands.ts'
import { MemoryChangeFeed } from '../memory-change-feed.ts'
import { type Fault, MemoryStore, type Operation } from '../memory-store.ts'
import { accountId, newId } from '../sample-account.ts'

interface Asked {
  readonly writer: number
  readonly adds: boolean
  readonly id: number
}

const asked = fc.record({ writer: fc.nat(2), adds: fc.boolean(), id: fc.integer({ min: 1, max: 4 }) })
const fault = fc.constantFrom<Fault | undefined>(undefined, 'unavailable', 'answer-lost', 'conflict')
const faults = fc.array(fc.record({ fault, turns: fc.nat(3) }), { maxLength: 40 })

/** Spoils the operations one after the other, until the plan is used up. */
function spoil(store: MemoryStore, plan: readonly { fault: Fault | undefined; turns: number }[]): void {
  const steps = plan.values()
  store.intercept(async (operation: Operation) => {
    const step = steps.next().value
    for (let turn = 0; turn < (step?.turns ?? 0); turn++) await new Promise(setImmediate)
    return operation === 'get' && step?.fault !== undefined ? 'unavailable' : step?.fault
  })
}

function commandOf({ adds, id }: Asked, changeId: RecordId): Command<number> {
  return adds ? addMapping(changeId, id) : removeMapping(changeId, id)
}

/** What the account holds and what each change answered, if the changes are made one by one in this order. */
function replay(order: readonly RecordId[], all: ReadonlyMap<RecordId, Asked>) {
  const results = new Map<RecordId, unknown>()
  let account: Account = emptyAccount(accountId)
  for (const changeId of order) {
    const change = all.get(changeId)
    if (change === undefined) throw new Error('a change that nobody asked for')
    const applied = commandOf(change, changeId)(account)
    results.set(changeId, applied.result)
    account = applied.account
  }
  return { names: account.mappings.map(({ name }) => name), results }
}

describe('changes by several processes over a store that conflicts and loses answers', () => {
  it('are each made once or not at all, as if one after the other', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(asked, { minLength: 1, maxLength: 12 }), faults, async (changes, plan) => {
        const store = new MemoryStore()
        const changeFeed = new MemoryChangeFeed()
        const writers = [0, 1, 2].map(() => new AccountWriter({ store, changeFeed }))
        spoil(store, plan)
        const all = new Map(changes.map((change) => [newId(), change]))
        const answers = new Map<RecordId, unknown>()
        await Promise.all(
          [...all].map(async ([changeId, change]) => {
            try {
              const changed = await writers[change.writer]?.change(accountId, changeId, commandOf(change, changeId))
              answers.set(changeId, changed?.result)
            } catch (error) {
              // The one refusal of these commands; a store that recovers within the deadline must give no other.
              if (!isCodedError(error) || error.code !== 'MAPPING_NAME_TAKEN') throw error
            }
          }),
        )
        store.comeBack()
        const account = await writers[0]?.read(accountId)
        const order = account?.changes.map(({ changeId }) => changeId) ?? []
        expect(new Set(order)).toEqual(new Set(answers.keys()))
        expect(order).toHaveLength(answers.size)
        const { names, results } = replay(order, all)
        expect(account?.mappings.map(({ name }) => name)).toEqual(names)
        expect(answers).toEqual(results)
        expect(account?.revision).toBe(order.length)
      }),
      { numRuns: 60 },
    )
  })
})
