import { randomBytes } from 'node:crypto'
import { chmodSync, linkSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { readOrCreateFile } from '../../src/index.ts'
import { race } from '../start-child.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

const bytes = (text: string) => () => Buffer.from(text)

describe('a file of the first start', () => {
  it('is made with mode 0600 and stays as it is', () => {
    const directory = temporaryDirectory()
    const path = join(directory, 'key')

    expect(Buffer.from(readOrCreateFile(path, bytes('first'))).toString()).toBe('first')
    expect(Buffer.from(readOrCreateFile(path, bytes('second'))).toString()).toBe('first')

    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readdirSync(directory)).toEqual(['key'])
  })

  it('is not made anew, nor its mode changed, where somebody has put one', () => {
    const path = join(temporaryDirectory(), 'key')
    writeFileSync(path, 'theirs')
    chmodSync(path, 0o640)

    const content = readOrCreateFile(path, () => {
      throw new Error('made in vain')
    })

    expect(Buffer.from(content).toString()).toBe('theirs')
    expect(statSync(path).mode & 0o777).toBe(0o640)
  })

  it('is the winner’s for one who comes second while making it', () => {
    const directory = temporaryDirectory()
    const path = join(directory, 'key')

    const content = readOrCreateFile(path, () => {
      readOrCreateFile(path, bytes('winner'))
      return Buffer.from('loser')
    })

    expect(Buffer.from(content).toString()).toBe('winner')
    expect(readdirSync(directory)).toEqual(['key'])
  })

  it('is made by the next start after a kill before it had its name', () => {
    const path = join(temporaryDirectory(), 'key')
    writeFileSync(`${path}.0b8f5a3e-0000-4000-8000-000000000000.tmp`, 'hal')

    expect(Buffer.from(readOrCreateFile(path, bytes('whole'))).toString()).toBe('whole')
  })

  it('is read by the next start after a kill before its temporary name was removed', () => {
    const path = join(temporaryDirectory(), 'key')
    const temporary = `${path}.0b8f5a3e-0000-4000-8000-000000000000.tmp`
    writeFileSync(temporary, 'whole')
    linkSync(temporary, path)

    expect(Buffer.from(readOrCreateFile(path, bytes('another'))).toString()).toBe('whole')
  })

  it('is the same for ten processes that start at once', async () => {
    const directory = temporaryDirectory()
    const path = join(directory, 'key')

    const contents = await race(10, 'first-start-file', path)

    expect(new Set(contents)).toEqual(new Set([readFileSync(path).toString('hex')]))
    expect(contents).toHaveLength(10)
    expect(readdirSync(directory)).toEqual(['key'])
  })

  it('fails with the error of the file system where it can’t be made', () => {
    const path = join(temporaryDirectory(), 'missing', 'key')

    expect(() => readOrCreateFile(path, () => randomBytes(32))).toThrow(expect.objectContaining({ code: 'ENOENT' }))
  })
})
