import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import { accountPath, openEmbeddedStore, type SecretStore } from '@mtls-gateway/secret-store'
import { Registry } from 'prom-client'
import { measuredStore } from '../../src/backends/store.ts'

const path = accountPath(parseAccountId('le123'))
let directory: string
let registry: Registry
let store: SecretStore

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'measured-store-'))
  registry = new Registry()
  store = measuredStore(openEmbeddedStore({ directory }), registry)
})
afterEach(async () => {
  await store.close()
  await rm(directory, { recursive: true, force: true })
})

it('a measured store does what the store does, and tells how often', async () => {
  expect(await store.put(path, { a: 1 }, 0)).toBe(1)
  expect(await store.get(path)).toMatchObject({ value: { a: 1 } })
  expect(await store.exists(path)).toBe(true)
  expect(await store.writtenAt(path)).toEqual(expect.any(Number))
  await store.check()
  const text = await registry.metrics()
  for (const operation of ['put', 'get', 'exists', 'written_at', 'check']) {
    expect(text).toContain(`store_request_duration_seconds_count{operation="${operation}"} 1`)
  }
  expect(text).not.toContain('store_errors_total{')
  expect(text).not.toContain('le123')
})

it('a measured store tells how requests fail, with the errors as they are', async () => {
  await store.put(path, { a: 1 }, 0)
  await expect(store.put(path, { a: 2 }, 0)).rejects.toMatchObject({ name: 'StoreError', reason: 'conflict' })
  expect(await registry.metrics()).toContain('store_errors_total{operation="put",reason="conflict"} 1')
})
