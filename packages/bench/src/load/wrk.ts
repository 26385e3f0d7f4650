import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { cores, pinned } from '../machine/cores.ts'
import type { Call, Subject } from '../subject.ts'

export interface Load {
  readonly call: Call
  readonly connections: number
  readonly seconds: number
  /** Over all connections; as much as goes if left out. */
  readonly perSecond?: number
}

export interface LoadResult {
  readonly requests: number
  /** Answered ones. */
  readonly rps: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
  /** Answers from 400 on, and connections that failed or took longer than 10 s. */
  readonly errors: number
  /** How many errors of which kind. */
  readonly failures: Readonly<Record<string, number>>
}

/**
 * More than the gateway answers, in requests and in bytes of their bodies: so many signed requests are made in advance.
 * Where they don't last, it is measured for a shorter time.
 */
const mostRequestsPerSecond = 60_000
const mostBytesPerSecond = 2 ** 31
const script = fileURLToPath(new URL('../../lua/replay.lua', import.meta.url))
const separator = '\u0001'

/**
 * Loads a subject by wrk from one core. Without a rate each connection sends its next request as soon as it has the
 * answer; with one it waits in between, each time for a random while: that is no open loop, but with a quarter of what
 * a subject can do there is nearly always a connection that waits, and what is late is not left out (wrk adds what a
 * late answer has held up).
 */
export async function runLoad(subject: Subject, load: Load, directory: string): Promise<LoadResult> {
  const { call, connections, seconds, perSecond } = load
  const file = join(directory, 'requests')
  const most = Math.min(mostRequestsPerSecond, mostBytesPerSecond / (call.bodyBytes + 1))
  await writeRequests(file, subject.requests(call, Math.ceil((perSecond ?? most) * seconds * 1.2)))
  const meanDelayMs = perSecond === undefined ? 0 : (connections / perSecond) * 1_000
  try {
    return await runWrk([
      ...['-t', '1', '-c', String(connections), '-d', `${seconds}s`, '--timeout', '10s', '-s', script, subject.url],
      ...['--', file, subject.repeatable ? 'again' : 'once', String(call.bodyBytes), String(meanDelayMs)],
    ])
  } finally {
    await rm(file)
  }
}

async function writeRequests(path: string, requests: Iterable<string>): Promise<void> {
  await using file = await open(path, 'w')
  let text = ''
  for (const request of requests) {
    text += request + separator
    if (text.length < 4_194_304) continue
    await file.write(text)
    text = ''
  }
  await file.write(text)
}

async function runWrk(args: readonly string[]): Promise<LoadResult> {
  const child = spawn(...pinned(cores.load, 'wrk', args), { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(child, 'close')
  const [output, complaints] = await Promise.all([text(child.stdout), text(child.stderr)])
  const line = output.trim().split('\n').at(-1) ?? ''
  if (!line.startsWith('{')) {
    const [code, signal] = await ended
    throw new Error(`wrk ended with ${code ?? signal}, without a result: ${output}${complaints}`)
  }
  const { requests, seconds, ...measured } = JSON.parse(line) as LoadResult & { seconds: number }
  return { ...measured, requests, rps: requests / seconds }
}
