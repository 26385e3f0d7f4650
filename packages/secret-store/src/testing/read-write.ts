import { describe, expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import { accountPath, kindFolder, recordPath } from '../port/paths.ts'
import { maxSecretBytes, type SecretStore, type SecretValue } from '../port/secret-store.ts'
import type { Handles } from './handles.ts'
import { randomAccount, randomRecord } from './random-id.ts'

const values: Readonly<Record<string, SecretValue>> = {
  'an empty object': {},
  'every kind of JSON': {
    text: '',
    yes: true,
    no: false,
    nothing: null,
    list: [1, [2.5, -3e-7]],
    deep: { er: { still: 9 } },
  },
  'names and texts in any script': {
    Größe: 'ß',
    名前: '鍵 🔑',
    '': '\u0000\u2028\u2029\\"\n',
    html: '<a href="?b&c">',
  },
  'a PEM block': { pem: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n' },
  'a value of 900 KiB': { text: 'x'.repeat(900 * 1024) },
  '5,000 short strings': { list: Array.from({ length: 2_500 }, (_, n) => ({ [`name ${n}`]: `text ${n}` })) },
  // What the registry lets an account grow to, in the form that it stores: hundreds of blocks in base64.
  'an account of 980 KiB': { format: 1, blocks: Array.from({ length: 245 }, (_, n) => `${n}`.padEnd(4_093, 'aB3+/')) },
  'what looks like the form of an adapter': { json: '{"json":"{}"}' },
}

export function readWriteContract(handles: Handles, open: () => Promise<SecretStore>): void {
  describe('reading and writing', () => {
    it('finds nothing where nothing was written', async () => {
      const path = accountPath(randomAccount())

      expect(await handles.one.get(path)).toBeUndefined()
      expect(await handles.one.exists(path)).toBe(false)
    })

    it.each(Object.entries(values))('gives back %s as it was written, to every handle', async (_kind, value) => {
      const path = accountPath(randomAccount())

      expect(await handles.one.put(path, value, 0)).toBe(1)

      expect(await handles.one.get(path)).toEqual({ value, version: 1 })
      expect(await handles.other.get(path)).toEqual({ value, version: 1 })
    })

    it('tells whether a path holds a secret', async () => {
      const path = recordPath('keys', randomAccount(), randomRecord())
      await handles.one.put(path, { text: 'x' }, 0)

      expect(await handles.one.exists(path)).toBe(true)
      expect(await handles.other.exists(path)).toBe(true)
    })

    it('refuses a value over 1 MiB, counted in bytes, and writes nothing', async () => {
      const path = accountPath(randomAccount())
      const value = { text: 'é'.repeat(maxSecretBytes / 2) }

      await expect(handles.one.put(path, value, 0)).rejects.toMatchObject({ name: 'StoreError', reason: 'too-large' })

      expect(await handles.one.exists(path)).toBe(false)
    })

    it('keeps the secrets of accounts apart, also of those whose ids differ in the case of a letter only', async () => {
      const account = randomAccount()
      const shouting = parseAccountId(account.toUpperCase())
      const id = randomRecord()
      await handles.one.put(recordPath('keys', account, id), { of: 'account' }, 0)

      expect(await handles.one.get(recordPath('keys', shouting, id))).toBeUndefined()
      expect(await handles.one.get(recordPath('keys', randomAccount(), id))).toBeUndefined()
      expect(await handles.one.get(recordPath('chains', account, id))).toBeUndefined()
    })

    it('keeps what was written after every handle of the writer is closed', async () => {
      const path = accountPath(randomAccount())
      const writer = await open()
      await writer.put(path, { text: 'kept' }, 0)
      await writer.close()

      const reader = await open()
      expect(await reader.get(path)).toEqual({ value: { text: 'kept' }, version: 1 })
      await reader.close()
    })

    it('answers a check while it is open, and is unavailable for every call once it is closed', async () => {
      const path = accountPath(randomAccount())
      const store = await open()
      await expect(store.check()).resolves.toBeUndefined()
      await store.close()
      await store.close()

      const unavailable = { name: 'StoreError', reason: 'unavailable' }
      await expect(store.check()).rejects.toMatchObject(unavailable)
      await expect(store.get(path)).rejects.toMatchObject(unavailable)
      await expect(store.exists(path)).rejects.toMatchObject(unavailable)
      await expect(store.writtenAt(path)).rejects.toMatchObject(unavailable)
      await expect(store.put(path, {}, 0)).rejects.toMatchObject(unavailable)
      await expect(store.list(kindFolder('accounts'))).rejects.toMatchObject(unavailable)
      await expect(store.purge(path)).rejects.toMatchObject(unavailable)
    })
  })
}
