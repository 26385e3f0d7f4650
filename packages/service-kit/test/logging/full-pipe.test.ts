import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, createReadStream, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, it } from '@jest/globals'
import { compileCache } from '@mtls-gateway/test-kit'

const entry = join(import.meta.dirname, '../child-service/dist/child-service.js')
const env = { ...compileCache(), CHILD_PORT: '0', CHILD_MANAGEMENT_PORT: '0', PATH: process.env.PATH }

let child: ChildProcess
let ended: Promise<unknown[]>
let stdout: Readable | undefined
let directory: string | undefined
afterEach(async () => {
  // A process that hangs in a write ends when its reader is gone.
  stdout?.destroy()
  child.kill('SIGKILL')
  await ended
  if (directory !== undefined) rmSync(directory, { recursive: true })
  directory = undefined
})

/** As under systemd: what Node gives a child as a pipe is a socket. */
function onSocket(): Readable {
  const service = spawn(process.execPath, [entry], { env, stdio: ['ignore', 'pipe', 'ignore'] })
  child = service
  ended = once(child, 'exit')
  return service.stdout
}

/** As in a shell or a container. */
function onPipe(): Readable {
  directory = mkdtempSync(join(tmpdir(), 'full-pipe-'))
  const fifo = join(directory, 'stdout')
  execFileSync('mkfifo', [fifo])
  child = spawn('sh', ['-c', 'exec "$@" > "$0"', fifo, process.execPath, entry], { env, stdio: 'ignore' })
  ended = once(child, 'exit')
  return createReadStream(fifo)
}

/** Reads up to the line that says where the service listens, and no further. */
async function urlFrom(output: Readable): Promise<string> {
  stdout = output
  const reader = createInterface(output)
  const [line] = await once(reader, 'line')
  reader.close()
  output.pause()
  return JSON.parse(line).url
}

/** Lines for more bytes than a pipe or a socket, and what reads from it, take. */
async function fill(url: string): Promise<void> {
  const path = `/found/${'a'.repeat(500)}`
  for (let n = 0; n < 1_000; n++) {
    const answer = await fetch(url + path)
    expect([answer.status, await answer.text()]).toEqual([200, 'found'])
  }
}

describe.each([
  ['a pipe', onPipe],
  ['a socket', onSocket],
])('a service whose log goes to %s that nobody reads', (_name, start) => {
  it('goes on answering, and ends at SIGTERM', async () => {
    const url = await urlFrom(start())
    await fill(url)
    child.kill('SIGTERM')
    expect(await ended).toEqual([0, null])
  })

  it('ends after a defect', async () => {
    const url = await urlFrom(start())
    await fill(url)
    await fetch(`${url}/crash`).catch(() => {})
    expect(await ended).toEqual([1, null])
  })
})

describe('a service whose log goes to a file', () => {
  it.each([
    ['SIGTERM', 'stopped', () => child.kill('SIGTERM')],
    ['a defect', 'crash', (url: string) => fetch(`${url}/crash`).catch(() => {})],
  ])('has written all lines after %s', async (_end, event, end) => {
    directory = mkdtempSync(join(tmpdir(), 'log-file-'))
    const path = join(directory, 'log')
    const file = openSync(path, 'w')
    child = spawn(process.execPath, [entry], { env, stdio: ['ignore', file, 'ignore'] })
    closeSync(file)
    ended = once(child, 'exit')
    while (!readFileSync(path, 'utf8').includes('listening')) await delay(20)
    const { url } = JSON.parse(readFileSync(path, 'utf8').split('\n')[0] ?? '')
    await fill(url)
    await end(url)
    await ended
    const events = readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line): string => JSON.parse(line).event)
    expect(events.filter((each) => each === 'request')).toHaveLength(1_000)
    expect(events.at(-1)).toBe(event)
  })
})
