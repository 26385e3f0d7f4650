import { describe, expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import { accountPath, maxSecretBytes, openEmbeddedStore } from '../../src/index.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

const path = accountPath(parseAccountId('acme'))
const frame = Buffer.byteLength(JSON.stringify({ text: '' }))

describe('a value', () => {
  it('may have exactly 1 MiB of JSON, and not one byte more', async () => {
    const store = openEmbeddedStore({ directory: temporaryDirectory() })
    const longest = { text: 'x'.repeat(maxSecretBytes - frame) }

    expect(await store.put(path, longest, 0)).toBe(1)
    await expect(store.put(path, { text: `${longest.text}x` }, 1)).rejects.toMatchObject({ reason: 'too-large' })

    expect(await store.get(path)).toEqual({ value: longest, version: 1 })
    await store.close()
  })
})
