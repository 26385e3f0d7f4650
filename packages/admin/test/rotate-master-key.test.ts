import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import { accountPath, openEmbeddedStore } from '@mtls-gateway/secret-store'
import { mtlsAdmin } from './invocation.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const path = accountPath(parseAccountId('le123'))

async function newStore(): Promise<string> {
  const directory = temporaryDirectory()
  const store = openEmbeddedStore({ directory })
  await store.put(path, { text: 'kept' }, 0)
  await store.close()
  return directory
}

async function valueIn(directory: string, masterKey?: Uint8Array): Promise<unknown> {
  const store = openEmbeddedStore({ directory, masterKey })
  const stored = await store.get(path)
  await store.close()
  return stored?.value
}

describe('mtls-admin rotate-master-key', () => {
  it('makes a new key, says where the old one is, and prints neither', async () => {
    const DATA_DIR = await newStore()
    const { exitCode, stdout, stderr } = await mtlsAdmin(['rotate-master-key'], { DATA_DIR })
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: expect.stringContaining('1 secrets') })
    expect(stderr).toContain('master.key.old')
    expect(await valueIn(DATA_DIR)).toEqual({ text: 'kept' })
  })

  it('takes the new key from a file where the old one is in MASTER_KEY, and says what to set', async () => {
    const DATA_DIR = await newStore()
    const MASTER_KEY = readFileSync(join(DATA_DIR, 'master.key'), 'base64')
    const next = randomBytes(32)
    const file = join(temporaryDirectory(), 'next')
    writeFileSync(file, `${next.toString('base64')}\n`)
    const environment = { DATA_DIR, MASTER_KEY }

    const without = await mtlsAdmin(['rotate-master-key'], environment)
    expect(without).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--new-key-file FILE') })
    const { exitCode, stderr } = await mtlsAdmin(['rotate-master-key', '--new-key-file', file], environment)
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.stringContaining('Set MASTER_KEY') })
    expect(await valueIn(DATA_DIR, next)).toEqual({ text: 'kept' })
  })

  it('refuses a file that holds no key, and a file where the key is in master.key', async () => {
    const DATA_DIR = await newStore()
    const MASTER_KEY = readFileSync(join(DATA_DIR, 'master.key'), 'base64')
    const file = join(temporaryDirectory(), 'next')
    writeFileSync(file, 'not a key')
    const words = ['rotate-master-key', '--new-key-file', file]
    const wrong = await mtlsAdmin(words, { DATA_DIR, MASTER_KEY })
    expect(wrong).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('32 bytes in base64') })
    expect(await mtlsAdmin(words, { DATA_DIR })).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('master.key'),
    })
  })
})
