import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { serialize } from 'node:v8'
import { describe, expect, it } from '@jest/globals'
import { framed } from '../src/frames.ts'
import { IsolatedJobs, type JobOutcome } from '../src/index.ts'
import { read, written } from '../src/messages.ts'
import type { HostileJob } from './hostile-worker.ts'

const pathOf = (script: string) => fileURLToPath(new URL(`./${script}.ts`, import.meta.url))
/** Long: the test fails by its `late` if the process is not ended before. */
const limitMs = 60_000

function run(job: HostileJob, ms = limitMs): Promise<JobOutcome<unknown>> {
  return new IsolatedJobs<HostileJob, unknown>(pathOf('hostile-worker')).run(job, { limitMs: ms })
}

const write = (...pieces: readonly Uint8Array[]): HostileJob => ({ kind: 'write', pieces })
const json = (text: string) => framed(Buffer.from(text))
const answer = json('{"kind":"answer","answer":"one"}')
function lengthOf(bytes: number): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes)
  return length
}

const killed = { answer: undefined, late: false }

const refused: readonly (readonly [string, HostileJob])[] = [
  ...['null', '"text"', '7', 'true', '[]', '{}', '{"kind":1}', '{"kind":"unknown"}', '{"kind":"ready"}'].map(
    (text) => [text, write(json(text))] as const,
  ),
  ['no JSON', write(json('{"kind":'))],
  ['JSON that is too deep to be read', write(json('['.repeat(2 ** 20)))],
  ['an object that is too large', write(json(JSON.stringify({ kind: 'answer', answer: 'x'.repeat(2 ** 23) })))],
  ['a large object without a kind', write(json(JSON.stringify({ answer: 'x'.repeat(2 ** 20) })))],
  ['an empty message', write(lengthOf(0))],
  ['the greatest length', write(lengthOf(2 ** 32 - 1))],
  ['noise', write(Buffer.concat([Buffer.from([0xff]), randomBytes(100_000)]))],
  ["Node's own serialization", write(framed(serialize({ kind: 'answer', answer: 'one' })))],
  ["a message of Node's channel", write(json('{"cmd":"NODE_HANDLE_ACK"}'), Buffer.from('{"cmd":"NODE_HANDLE_ACK"}\n'))],
  ['messages without end', { kind: 'write', pieces: [json('{"kind":"more"}')], times: 1e9 }],
  ['nothing, and closes the pipe', { kind: 'close' }],
]

describe('a process that has been taken over', () => {
  it.each(refused)('is killed when it sends %s, and its job fails like one whose process broke', async (_, job) => {
    expect(await run(job)).toEqual(killed)
  })

  it('is killed when it answers before it is ready', async () => {
    const early = new IsolatedJobs<string, string>(pathOf('early-worker'))
    expect(await early.run('job', { limitMs, startLimitMs: limitMs })).toEqual(killed)
  })

  it('is killed when it answers twice: the first answer counts', async () => {
    expect(await run(write(Buffer.concat([answer, json('{"kind":"answer","answer":"two"}')])))).toEqual({
      ...killed,
      answer: 'one',
    })
  })

  it('is late when it has answered and goes on', async () => {
    expect(await run(write(answer), 1_000)).toEqual({ answer: 'one', late: true })
  })

  it('has until its limit when it sends half a message', async () => {
    expect(await run(write(answer.subarray(0, 12)), 1_000)).toEqual({ ...killed, late: true })
    expect(await run(write(lengthOf(2 ** 20)), 1_000)).toEqual({ ...killed, late: true })
  })
})

it('a message may come in any pieces', async () => {
  const bytes = [...answer].map((byte) => Uint8Array.of(byte))
  expect(await run(write(...bytes, json('{"kind":"the end"}')))).toEqual({ ...killed, answer: 'one' })
})

it('bytes come through in messages, at any depth, and what only looks like them does not', async () => {
  const sent = { body: Buffer.from([0, 255, 10]), list: [{ bytes: Uint8Array.of(1) }], odd: { $bytes: 7 }, none: null }
  expect(read(written({ kind: 'answer', ...sent }))).toEqual({
    kind: 'answer',
    body: Buffer.from([0, 255, 10]),
    list: [{ bytes: Buffer.from([1]) }],
    odd: { $bytes: 7 },
    none: null,
  })
})
