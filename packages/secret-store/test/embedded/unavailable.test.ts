import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import { accountPath, openEmbeddedStore } from '../../src/index.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

const path = accountPath(parseAccountId('acme'))
const unavailable = expect.objectContaining({ name: 'StoreError', reason: 'unavailable' })
const misconfigured = expect.objectContaining({ name: 'CodedError', code: 'CONFIGURATION_INVALID' })

describe('the embedded store is unavailable', () => {
  it('for a write while another process holds the database for longer than 2 s; reads go on', async () => {
    const directory = temporaryDirectory()
    const store = openEmbeddedStore({ directory })
    await store.put(path, { n: 1 }, 0)
    const holder = new DatabaseSync(join(directory, 'secrets.db'))
    holder.exec('BEGIN IMMEDIATE')

    await expect(store.put(path, { n: 2 }, 1)).rejects.toEqual(unavailable)
    await expect(store.purge(path)).rejects.toEqual(unavailable)
    expect(await store.get(path)).toEqual({ value: { n: 1 }, version: 1 })

    holder.exec('ROLLBACK')
    holder.close()
    expect(await store.put(path, { n: 2 }, 1)).toBe(2)
    await store.close()
  })
})

describe('the data directory is a fault of the configuration', () => {
  it('if a file is in its place, or above it', () => {
    const file = join(temporaryDirectory(), 'file')
    writeFileSync(file, '')

    expect(() => openEmbeddedStore({ directory: file })).toThrow(misconfigured)
    expect(() => openEmbeddedStore({ directory: join(file, 'data') })).toThrow(misconfigured)
  })

  it('if nothing can be made in it, which for /proc is so for root too', () => {
    expect(() => openEmbeddedStore({ directory: '/proc' })).toThrow(misconfigured)
  })

  it('if a directory has the name of the database', () => {
    const directory = temporaryDirectory()
    mkdirSync(join(directory, 'secrets.db'))
    writeFileSync(join(directory, 'master.key'), Buffer.alloc(32, 1))

    expect(() => openEmbeddedStore({ directory })).toThrow(misconfigured)
  })

  it('and the error says which directory, and why', () => {
    const directory = join(temporaryDirectory(), 'file')
    writeFileSync(directory, '')

    expect(() => openEmbeddedStore({ directory })).toThrow(
      `The data directory ${directory} can't be made or written: E`,
    )
  })
})
