import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mock } from 'node:test'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import type { StreamedEntry } from '../../src/audit-stream/audit-receiver.ts'
import { FileReceiver } from '../../src/audit-stream/file-receiver.ts'

let directory: string
let path: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'audit-file-'))
  path = join(directory, 'audit.jsonl')
})
afterEach(() => rmSync(directory, { recursive: true }))

const account = parseAccountId('le123')

function entries(from: number, to: number): StreamedEntry[] {
  return Array.from({ length: to - from + 1 }, (_, n) => ({
    ...{ id: `le123.${from + n}`, account, revision: from + n, at: '2026-01-02T03:04:05.000Z' },
    ...{ actor: 'a', address: '::1', action: 'mappings.create', subjects: ['1 m'], subjectCount: 1 },
  }))
}

const linesIn = (file: string) => readFileSync(file, 'utf8').split('\n').slice(0, -1)
const revisionsIn = (file: string) => linesIn(file).map((line) => (JSON.parse(line) as StreamedEntry).revision)

describe('the file of the audit', () => {
  it('has a line for each entry, and is for its owner alone', async () => {
    const receiver = new FileReceiver(path, 1_048_576)
    await receiver.send(entries(1, 3))
    await receiver.send(entries(4, 4))
    expect(revisionsIn(path)).toEqual([1, 2, 3, 4])
    expect(linesIn(path).map((line) => JSON.parse(line))).toEqual(entries(1, 4))
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it('is on the disk before the next entries are asked for', async () => {
    const file = await open(path, 'a')
    const sync = mock.method(Object.getPrototypeOf(file), 'sync')
    await file.close()
    try {
      const receiver = new FileReceiver(path, 1_048_576)
      await receiver.send(entries(1, 3))
      await receiver.send(entries(4, 4))
      expect(sync.mock.callCount()).toBe(2)
    } finally {
      sync.mock.restore()
    }
  })

  it('is renamed before it is too long, and nothing of it is lost', async () => {
    const length = JSON.stringify(entries(11, 11)[0]).length + 1
    const receiver = new FileReceiver(path, 4 * length)
    for (let revision = 11; revision <= 20; revision++) {
      await receiver.send(entries(revision, revision))
      // The name of an old file ends with the millisecond.
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    const files = readdirSync(directory).sort()
    expect(files).toEqual([
      'audit.jsonl',
      expect.stringMatching(/^audit\.jsonl\.\d{8}T\d{9}Z$/),
      expect.stringMatching(/^audit\.jsonl\.\d{8}T\d{9}Z$/),
    ])
    const [newest = '', ...older] = files
    expect([...older, newest].flatMap((name) => revisionsIn(join(directory, name)))).toEqual([
      ...[11, 12, 13, 14, 15, 16, 17, 18, 19, 20],
    ])
    for (const name of files) expect(statSync(join(directory, name)).size).toBeLessThanOrEqual(4 * length)
  })

  it('has whole lines only: what a crash has left of one is cut off', async () => {
    const receiver = new FileReceiver(path, 1_048_576)
    await receiver.send(entries(1, 2))
    appendFileSync(path, JSON.stringify(entries(3, 3)[0]).slice(0, 40))
    await receiver.send(entries(3, 4))
    expect(revisionsIn(path)).toEqual([1, 2, 3, 4])
    rmSync(path)
    appendFileSync(path, '{"id":"le1')
    await receiver.send(entries(1, 1))
    expect(revisionsIn(path)).toEqual([1])
  })

  it('has whole lines only after it was renamed, too', async () => {
    const length = JSON.stringify(entries(1, 1)[0]).length + 1
    const receiver = new FileReceiver(path, 3 * length)
    await receiver.send(entries(1, 2))
    appendFileSync(path, JSON.stringify(entries(3, 3)[0]).slice(0, 40))
    await receiver.send(entries(3, 4))
    const [newest = '', old = ''] = readdirSync(directory).sort()
    expect([revisionsIn(join(directory, old)), revisionsIn(join(directory, newest))]).toEqual([
      [1, 2],
      [3, 4],
    ])
    expect(readFileSync(join(directory, old), 'utf8')).toMatch(/\n$/)
  })

  it('goes on in a new file where somebody has moved it away', async () => {
    const receiver = new FileReceiver(path, 1_048_576)
    await receiver.send(entries(1, 1))
    rmSync(path)
    await receiver.send(entries(2, 2))
    expect(revisionsIn(path)).toEqual([2])
  })

  it('says that the disk is full, and that it may not be written', async () => {
    symlinkSync('/dev/full', path)
    await expect(new FileReceiver(path, 1_048_576).send(entries(1, 1))).rejects.toMatchObject({ code: 'ENOSPC' })
    const nowhere = new FileReceiver(join(directory, 'missing', 'audit.jsonl'), 1_048_576)
    await expect(nowhere.send(entries(1, 1))).rejects.toMatchObject({ code: 'ENOENT' })
    const receiver = new FileReceiver(directory, 1_048_576)
    await expect(receiver.send(entries(1, 1))).rejects.toMatchObject({ code: 'EISDIR' })
  })
})
