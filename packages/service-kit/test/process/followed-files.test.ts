import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { Gauge } from 'prom-client'
import { createLog } from '../../src/index.ts'
import { FollowedFiles } from '../../src/process/followed-files.ts'
import { TestLog } from '../support/test-log.ts'

const pollMs = 20

let directory: string
let files: FollowedFiles
let stream: TestLog
let failed: Gauge
let inUse: string

const path = (name: string) => join(directory, name)

/** Two numbers, one in each file. */
function read(): { readonly sum: number } | undefined {
  const text = readFileSync(path('a'), 'utf8') + readFileSync(path('b'), 'utf8')
  if (!/^\d\d$/.test(text)) throw new Error(`no two numbers: ${text}`)
  if (text === inUse) return undefined
  inUse = text
  return { sum: Number(text[0]) + Number(text[1]) }
}

/** As Kubernetes mounts a ConfigMap: the files are links into a folder that a link names, and that link is replaced. */
function mount(version: string, [a = '', b = '']: readonly string[]): void {
  mkdirSync(path(version))
  writeFileSync(path(`${version}/a`), a)
  writeFileSync(path(`${version}/b`), b)
  symlinkSync(version, path('..data.new'))
  renameSync(path('..data.new'), path('..data'))
}

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'followed-files-'))
  for (const name of ['a', 'b']) symlinkSync(`..data/${name}`, path(name))
  mount('1', ['1', '2'])
  inUse = ''
  read()
  stream = new TestLog()
  failed = new Gauge({ name: 'test_reload_failed', help: '1 while the files cannot be used', registers: [] })
  const log = createLog({ service: 'test', level: 'info', stream })
  files = new FollowedFiles({ files: [path('a'), path('b'), undefined], name: 'test', failed, read, log, pollMs })
  // Until they have been looked at for the first time.
  await delay(10 * pollMs)
})
afterEach(() => {
  files.close()
  rmSync(directory, { recursive: true })
})

const isFailed = async () => (await failed.get()).values[0]?.value === 1

it('are read again once if several change together', async () => {
  mount('2', ['3', '4'])
  expect(await stream.line({ event: 'test-reloaded' })).toMatchObject({ sum: 7 })
  await delay(10 * pollMs)
  expect(stream.lines).toHaveLength(1)
})

it('stay in use while they cannot be used, which is said once', async () => {
  mount('2', ['x', '2'])
  await stream.line({ event: 'test-reload-failed' })
  await delay(10 * pollMs)
  expect(stream.lines).toHaveLength(1)
  expect([inUse, files.fault, await isFailed()]).toEqual(['12', 'no two numbers: x2', true])
  // Back to what is in use.
  mount('3', ['1', '2'])
  await stream.line({ event: 'test-reloaded' })
  expect([inUse, files.fault, await isFailed()]).toEqual(['12', undefined, false])
})

it('may be missing for a while', async () => {
  rmSync(path('1/b'))
  await stream.line({ event: 'test-reload-failed' })
  writeFileSync(path('1/b'), '9')
  await stream.line({ event: 'test-reloaded' })
  expect(inUse).toBe('19')
})

it('are read at once if asked, and nothing is said of what is in use already', () => {
  files.reload()
  expect(stream.lines).toEqual([])
  mount('2', ['5', '6'])
  files.reload()
  expect(stream.lines).toMatchObject([{ event: 'test-reloaded', sum: 11 }])
})

it('are not read any more after the end, not even if one has just changed', async () => {
  mount('2', ['3', '4'])
  await delay(pollMs)
  files.close()
  await delay(10 * pollMs)
  expect([inUse, stream.lines]).toEqual(['12', []])
})
