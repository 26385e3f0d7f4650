import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import type { ChangeFeed } from '@mtls-gateway/coordination'
import { createAppKey, parseAccountId, parseRecordId } from '@mtls-gateway/domain'
import { openEmbeddedStore } from '@mtls-gateway/secret-store'
import { NoticingWriter } from '../../src/changes/delayed-notices.ts'

const directory = mkdtempSync(join(tmpdir(), 'delayed-notices-'))
const store = openEmbeddedStore({ directory })
afterAll(async () => {
  await store.close()
  rmSync(directory, { recursive: true })
})

const feed = (append: ChangeFeed['append']): ChangeFeed => ({ append, follow: async () => ({ stop: async () => {} }) })
const at = '2026-01-02T03:04:05.000Z'

async function changed(changeFeed: ChangeFeed, account: string): Promise<boolean> {
  const writer = new NoticingWriter({ store, changeFeed })
  const changeId = parseRecordId('change')
  const key = { id: parseRecordId('key'), label: 'k', scopes: ['forward' as const], createdAt: at, expiresAt: null }
  await writer.change(
    parseAccountId(account),
    changeId,
    createAppKey({ changeId, at, actor: 'a', address: '::1' }, key),
  )
  const delayed = writer.takeDelayed(changeId)
  expect(writer.takeDelayed(changeId)).toBe(false)
  await writer.close()
  return delayed
}

describe('a change', () => {
  it('is made, and known as delayed, where the feed does not take its notice', async () => {
    expect(
      await changed(
        feed(() => Promise.reject(new Error('down'))),
        'a',
      ),
    ).toBe(true)
  })

  it('is not delayed where it does', async () => {
    expect(
      await changed(
        feed(async () => {}),
        'b',
      ),
    ).toBe(false)
  })
})
