import { describe, expect, it } from '@jest/globals'
import type { Announcer } from '@mtls-gateway/coordination'
import { type AccountId, parseAccountId } from '@mtls-gateway/domain'
import { RevisionAnnouncer } from '../../src/index.ts'
import { settle } from '../manual-clock.ts'
import { readerFixture } from '../reader-fixture.ts'
import { accountId, sampleAccount } from '../sample-account.ts'
import { putAccount } from '../writer-fixture.ts'

/** Takes announcements, or refuses them. */
class RecordingAnnouncer implements Announcer {
  readonly announced: { readonly at: number; readonly revisions: Record<string, number> }[] = []
  isDown = false
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  async announce(revisions: ReadonlyMap<AccountId, number>): Promise<void> {
    this.announced.push({ at: this.#now(), revisions: Object.fromEntries(revisions) })
    if (this.isDown) throw new Error('down')
  }
}

async function fixture(options: Parameters<typeof readerFixture>[0] = {}) {
  const parts = await readerFixture(options)
  const { reader, clock } = parts
  const begun = clock.now()
  const announcer = new RecordingAnnouncer(() => clock.now() - begun)
  const warnings: string[] = []
  const logger = { warn: (_: unknown, message: string) => void warnings.push(message) }
  const revisions = new RevisionAnnouncer({ accounts: reader, announcer, clock, logger })
  revisions.start()
  await settle()
  return { ...parts, announcer, warnings, revisions }
}

const minute = 60_000

describe('a forwarder', () => {
  it('announces what it serves at once and each second', async () => {
    const { announcer, clock, revisions } = await fixture()
    await clock.advance(3_000)
    expect(announcer.announced.map(({ at }) => at)).toEqual([0, 1_000, 2_000, 3_000])
    await revisions.stop()
  })

  it('announces an account that it begins to hold without waiting for the next second', async () => {
    const { announcer, clock, reader, revisions } = await fixture()
    await clock.advance(500)
    await reader.get(accountId)
    await settle()
    expect(announcer.announced.at(-1)).toEqual({ at: 500, revisions: { [accountId]: 1 } })
    await clock.advance(1_000)
    expect(announcer.announced.map(({ at }) => at)).toEqual([0, 500, 1_500])
    await revisions.stop()
  })

  it('announces many accounts together, at most every 100 ms', async () => {
    const { announcer, clock, reader, revisions } = await fixture()
    await clock.advance(500)
    for (let n = 0; n < 50; n++) {
      await reader.get(parseAccountId(`a${n}`))
      await clock.advance(10)
    }
    await clock.advance(100)
    expect(announcer.announced.map(({ at }) => at)).toEqual([0, 500, 600, 700, 800, 900, 1_000])
    expect(Object.keys(announcer.announced.at(-1)?.revisions ?? {})).toHaveLength(50)
    await revisions.stop()
  })

  it('refreshes an account that it holds when it hears of a change, and announces that, without any call', async () => {
    const { announcer, clock, reader, write, tell, revisions } = await fixture()
    await reader.get(accountId)
    await clock.advance(500)
    await write(2)
    await tell(2)
    await clock.advance(200)
    expect(announcer.announced.at(-1)).toMatchObject({ revisions: { [accountId]: 2 } })
    await revisions.stop()
  })

  it('refreshes an account past its time without any call, and so announces a change whose notice was lost', async () => {
    const { announcer, clock, reader, reads, write, revisions } = await fixture()
    await reader.get(accountId)
    await write(2)
    await clock.advance(5 * minute - 1_000)
    expect(reads()).toBe(1)
    expect(announcer.announced.at(-1)).toMatchObject({ revisions: { [accountId]: 1 } })
    await clock.advance(12_000)
    expect(reads()).toBe(2)
    expect(announcer.announced.at(-1)).toMatchObject({ revisions: { [accountId]: 2 } })
    await revisions.stop()
  })

  it('does not refresh at once all that a gap invalidated, but each account when it is past its time', async () => {
    const { announcer, changeFeed, clock, reader, reads, write, revisions } = await fixture()
    await reader.get(accountId)
    await write(2)
    changeFeed.tellOfGap()
    await clock.advance(5 * minute - 1_000)
    expect(reads()).toBe(1)
    await clock.advance(12_000)
    expect(announcer.announced.at(-1)).toMatchObject({ revisions: { [accountId]: 2 } })
    await revisions.stop()
  })

  it('refreshes an account for as long after its last call as the stale limit says, and then serves no copy of it', async () => {
    const { announcer, clock, reader, reads, store, revisions } = await fixture({ staleLimitMs: 30 * minute })
    await reader.get(accountId)
    await clock.advance(20 * minute)
    expect(reader.get(accountId)).toMatchObject({ revision: 1 })
    await clock.advance(29 * minute)
    expect(announcer.announced.at(-1)).toMatchObject({ revisions: { [accountId]: 1 } })
    // One each 5 minutes, as late as 10 s more.
    expect(reads()).toBeGreaterThanOrEqual(9)
    await clock.advance(7 * minute)
    const before = reads()
    expect(announcer.announced.at(-1)).toMatchObject({ revisions: {} })
    await clock.advance(30 * minute)
    expect(reads()).toBe(before)
    // Nobody is told of what it serves, so it must not serve the copy that it has.
    store.goDown()
    await expect(reader.get(accountId)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    await revisions.stop()
  })

  it('announces the older revision while the newer one can not be read, and tries again each second', async () => {
    const { announcer, clock, reader, store, write, tell, revisions } = await fixture()
    await reader.get(accountId)
    await write(2)
    store.goDown()
    await tell(2)
    await clock.advance(5_000)
    expect(announcer.announced.map(({ revisions }) => revisions[accountId])).not.toContain(2)
    expect(announcer.announced.length).toBeGreaterThanOrEqual(5)
    store.comeBack()
    await clock.advance(1_200)
    expect(announcer.announced.at(-1)).toMatchObject({ revisions: { [accountId]: 2 } })
    await revisions.stop()
  })

  it('refreshes any number of accounts, 32 at a time', async () => {
    const { announcer, changeFeed, clock, reader, store, revisions } = await fixture()
    const accounts = Array.from({ length: 100 }, (_, n) => parseAccountId(`a${n}`))
    const change = (account: AccountId, revision: number) =>
      putAccount(store, sampleAccount({ accountId: account, revision }))
    for (const account of accounts) {
      await change(account, 1)
      await reader.get(account)
    }
    for (const account of accounts) await change(account, 2)
    await clock.advance(1_000)
    const { reached, release } = store.hold('get')
    const before = store.count('get')
    for (const account of accounts) await changeFeed.append({ account, revision: 2, revoked: [] })
    await clock.advance(100)
    await reached
    await clock.advance(300)
    expect(store.count('get') - before).toBe(32)
    release()
    await clock.advance(500)
    expect(store.count('get') - before).toBe(100)
    expect(announcer.announced.at(-1)?.revisions).toMatchObject({ a0: 2, a99: 2 })
    await revisions.stop()
  })

  it('goes on announcing where it could not, and says so once', async () => {
    const { announcer, clock, warnings, revisions } = await fixture()
    announcer.isDown = true
    await clock.advance(3_000)
    announcer.isDown = false
    await clock.advance(1_000)
    expect(announcer.announced).toHaveLength(5)
    expect(warnings).toEqual(['the revisions that are served could not be announced'])
    await revisions.stop()
  })

  it('announces nothing any more once it is stopped', async () => {
    const { announcer, clock, reader, revisions } = await fixture()
    const stopped = revisions.stop()
    await stopped
    await reader.get(accountId)
    await clock.advance(5_000)
    expect(announcer.announced).toHaveLength(1)
  })
})
