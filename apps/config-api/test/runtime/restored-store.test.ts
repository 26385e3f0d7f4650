import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { ChangeNotice } from '@mtls-gateway/coordination'
import { emptyAccount, parseAccountId } from '@mtls-gateway/domain'
import { beginEpoch, EpochWatch, noticeOfEpoch, readEpoch, readOrBeginEpoch } from '@mtls-gateway/registry'
import { openEmbeddedStore, type SecretStore } from '@mtls-gateway/secret-store'
import { RestoredStore } from '../../src/runtime/restored-store.ts'

const older = { accountId: parseAccountId('le123'), revision: 4, seen: 9 }
let directory: string
let store: SecretStore
let epochs: EpochWatch
let first: string

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'restored-'))
  store = openEmbeddedStore({ directory })
  epochs = new EpochWatch({ read: () => readOrBeginEpoch(store), everyMs: 60_000 })
  first = (await epochs.look())?.id ?? ''
})

afterEach(async () => {
  await store.close()
  rmSync(directory, { recursive: true })
})

function restoredFixture({ isOlder = true, meanwhile = async () => {} } = {}) {
  const told: ChangeNotice[] = []
  const lines: object[] = []
  const restored = new RestoredStore({
    store,
    epochs,
    changeFeed: { append: async (notice) => void told.push(notice), follow: async () => ({ stop: async () => {} }) },
    clock: { now: Date.now, sleep: meanwhile },
    log: { error: (facts: object) => void lines.push(facts) },
  })
  let asked = 0
  const read = async () => {
    asked++
    return { ...emptyAccount(older.accountId), revision: isOlder ? older.revision : older.seen }
  }
  const suspect = () => restored.suspect(older, { read })
  return { restored, suspect, told, lines, asked: () => asked }
}

describe('an account that is older than it was seen', () => {
  it('begins a new epoch if it still is, once for all who have seen it at once', async () => {
    const { restored, suspect, told, lines, asked } = restoredFixture()
    for (let n = 0; n < 3; n++) suspect()
    while (lines.length === 0) await new Promise(setImmediate)
    await restored.close()
    const epoch = await readEpoch(store)
    expect(epoch?.previous).toBe(first)
    expect([epochs.current, told, asked()]).toEqual([epoch?.id, [noticeOfEpoch(epoch?.id ?? '')], 1])
    expect(lines).toEqual([{ event: 'store-restored', ...older, epoch: epoch?.id }])
  })

  it('begins none if it was a reading of a moment', async () => {
    const { restored, suspect, lines, asked } = restoredFixture({ isOlder: false })
    suspect()
    while (asked() === 0) await new Promise(setImmediate)
    await restored.close()
    expect([(await readEpoch(store))?.id, lines]).toEqual([first, []])
  })

  it('begins none if somebody else has', async () => {
    const meanwhile = async () => void (await beginEpoch(store))
    const { restored, suspect, lines } = restoredFixture({ meanwhile })
    suspect()
    while (epochs.current === first) await new Promise(setImmediate)
    await restored.close()
    expect([(await readEpoch(store))?.previous, lines]).toEqual([first, []])
    expect(epochs.current).toBe((await readEpoch(store))?.id)
  })

  it('is told of if no epoch can be begun', async () => {
    const { restored, suspect, lines } = restoredFixture({ meanwhile: () => store.close() })
    suspect()
    while (lines.length === 0) await new Promise(setImmediate)
    await restored.close()
    expect(lines).toMatchObject([{ event: 'store-restored', err: { code: 'STORE_UNAVAILABLE' } }])
  })
})
