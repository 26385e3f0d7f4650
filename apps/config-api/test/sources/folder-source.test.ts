import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals'
import { FolderSource } from '../../src/sources/folder-source.ts'

const directory = mkdtempSync(join(tmpdir(), 'folder-source-'))
const folder = join(directory, 'mounted')
const source = new FolderSource(folder)
const [certificate, key] = [join(folder, 'tls.crt'), join(folder, 'tls.key')]
const code = (expected: string) => expect.objectContaining({ code: expected })

beforeEach(() => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
})

afterAll(() => rmSync(directory, { recursive: true }))

/** As Kubernetes changes a volume: a new folder, and one link that is swapped. */
function swap(version: string): void {
  mkdirSync(join(folder, `..${version}`))
  writeFileSync(join(folder, `..${version}`, 'tls.crt'), `certificate ${version}`)
  writeFileSync(join(folder, `..${version}`, 'tls.key'), `key ${version}`)
  symlinkSync(`..${version}`, join(folder, '..data_tmp'))
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'))
}

describe('a folder with a certificate and its key', () => {
  it('is read through the links of Kubernetes, and its mark changes with them', async () => {
    swap('1')
    symlinkSync('..data/tls.crt', certificate)
    symlinkSync('..data/tls.key', key)
    expect(await source.read()).toEqual({ certificate: 'certificate 1', privateKey: 'key 1' })
    const mark = await source.mark()
    expect(await source.mark()).toBe(mark)
    swap('2')
    expect(await source.mark()).not.toBe(mark)
    expect(await source.read()).toEqual({ certificate: 'certificate 2', privateKey: 'key 2' })
  })

  it('is never read in part', async () => {
    await expect(source.read()).rejects.toEqual(code('SOURCE_MISSING'))
    writeFileSync(certificate, 'certificate')
    const half = await source.mark()
    await expect(source.read()).rejects.toEqual(code('SOURCE_HALF_WRITTEN'))
    writeFileSync(key, '')
    await expect(source.read()).rejects.toEqual(code('SOURCE_HALF_WRITTEN'))
    writeFileSync(key, 'key')
    expect(await source.read()).toEqual({ certificate: 'certificate', privateKey: 'key' })
    expect(await source.mark()).not.toBe(half)
    rmSync(folder, { recursive: true })
    await expect(source.mark()).rejects.toEqual(code('SOURCE_MISSING'))
    await expect(source.read()).rejects.toEqual(code('SOURCE_MISSING'))
  })

  it.each<[string, () => void]>([
    [
      'a link out of the folder',
      () => {
        writeFileSync(join(directory, 'other.key'), 'a key of somebody else')
        symlinkSync('../other.key', key)
      },
    ],
    [
      'a link into a folder whose name begins alike',
      () => {
        mkdirSync(`${folder}-2`)
        writeFileSync(join(`${folder}-2`, 'tls.key'), 'a key of somebody else')
        symlinkSync(join(`${folder}-2`, 'tls.key'), key)
      },
    ],
    ['a folder', () => mkdirSync(key)],
    [
      'more than any key has',
      () => {
        writeFileSync(key, '')
        truncateSync(key, 2 ** 40)
      },
    ],
    ['a link to itself', () => symlinkSync('tls.key', key)],
  ])('has nothing but regular files of its own: %s', async (_, put) => {
    writeFileSync(certificate, 'certificate')
    put()
    const failure = await source.read().catch((error: unknown) => error)
    expect(failure).toEqual(code('SOURCE_UNREADABLE'))
    // Where it is, the log is told alone.
    expect((failure as Error).message).not.toContain(directory)
  })
})
