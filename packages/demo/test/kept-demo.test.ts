import { readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { readKeptDemo, writeKeptDemo } from '../src/kept-demo.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const kept = { targetPort: 8082, appKey: { appKey: 'le123.key', appSecret: 'the-app-secret' } }

describe('what one demo leaves to the next', () => {
  it('is nothing at the first start', async () => {
    expect(await readKeptDemo(await temporaryDirectory())).toBeUndefined()
  })

  it('is for its owner alone, even if everybody could read what was there, and takes its place as a whole', async () => {
    const dataDir = await temporaryDirectory()
    const path = join(dataDir, 'demo-kept.json')
    await writeFile(path, '{}', { mode: 0o644 })
    const before = await stat(path)
    await writeKeptDemo(dataDir, kept)
    const after = await stat(path)
    expect(after.mode & 0o777).toBe(0o600)
    // Another file: whoever kills the demo while it writes leaves the one before.
    expect(after.ino).not.toBe(before.ino)
    expect(await readdir(dataDir)).toEqual(['demo-kept.json'])
    expect(await readKeptDemo(dataDir)).toEqual(kept)
  })
})
