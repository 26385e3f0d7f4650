import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import {
  chmodSync,
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { detectIsolation, type Isolation, noIsolation, WorkerProcess, workerFlags } from '../../src/index.ts'
import type { JobMessage } from '../../src/messages.ts'
import type { AttemptAnswer, AttemptJob } from './attempting-worker.ts'
import { type AttemptName, attemptNamed, attemptsOf, modules, processMembers, type Surroundings } from './attempts.ts'

const worker = fileURLToPath(new URL('./attempting-worker.ts', import.meta.url))
const secret = 'a text that nobody else may read'

/** A process with the flags that production gives it. @returns undefined where it ended without an answer */
async function ask(job: AttemptJob, isolation = noIsolation): Promise<AttemptAnswer | undefined> {
  let answer: AttemptAnswer | undefined
  const child = new WorkerProcess(worker, {
    flags: workerFlags(worker),
    isolation,
    received: (message) => {
      if (message.kind === 'ready') child.send(job)
      // The worker of this test says what it returns.
      else answer = (message as JobMessage<AttemptAnswer> & { readonly kind: 'answer' }).answer
      return answer === undefined
    },
  })
  await child.closed
  return answer
}

describe('code that has taken a process over', () => {
  let surroundings: Surroundings
  let tcp: Server
  let udp: Socket
  let opened: number

  beforeAll(async () => {
    tcp = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
    udp = createSocket('udp4').bind(0, '127.0.0.1')
    await Promise.all([once(tcp, 'listening'), once(udp, 'listening')])
  })
  afterAll(() => {
    tcp.close()
    udp.close()
  })

  beforeEach(() => {
    const outside = mkdtempSync(join(realpathSync(tmpdir()), 'outside-'))
    writeFileSync(join(outside, 'secret'), secret)
    writeFileSync(join(outside, 'code.cjs'), `module.exports = '${secret}'`)
    // Only what the process may do keeps it out, not who it is.
    chmodSync(outside, 0o777)
    opened = openSync(join(outside, 'secret'), 'r')
    const { port: tcpPort } = tcp.address() as AddressInfo
    surroundings = { outside, parent: process.pid, tcpPort, udpPort: udp.address().port }
  })
  afterEach(() => {
    closeSync(opened)
    rmSync(surroundings.outside, { recursive: true })
  })

  /** @returns what came of each; undefined if the process ended before it answered */
  async function make(names: readonly AttemptName[], isolation?: Isolation) {
    const answer = await ask({ kind: 'try', names, at: surroundings }, isolation)
    expect(JSON.stringify(answer ?? {})).not.toContain(secret)
    return answer?.kind === 'tried' ? answer.results : undefined
  }

  function expectUntouched(): void {
    const { outside } = surroundings
    expect(readdirSync(outside).sort()).toEqual(['code.cjs', 'secret'])
    expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe(secret)
  }

  it('finds no module and no function of process that nobody has classified', async () => {
    const listed = await ask({ kind: 'list' })
    if (listed?.kind !== 'listed') throw new TypeError('it lists them')
    // If this fails after an update of Node: find out what the new one reaches, and add it to the table.
    expect(listed.modules.filter((name) => !(name in modules))).toEqual([])
    expect(listed.processMembers.filter((name) => !(name in processMembers))).toEqual([])
  })

  it('reads, writes and starts nothing by any of them', async () => {
    const names = attemptsOf('refused', 'idle')
    const results = await make(names)
    const expected = names.map((name) => [
      name,
      attemptNamed(name).outcome === 'refused' ? 'refused' : { returned: '' },
    ])
    expect(results).toEqual(Object.fromEntries(expected))
    expectUntouched()
  })

  it.each(attemptsOf('ends'))('ends its own process: %s', async (name) => {
    expect(await make([name])).toBeUndefined()
    expectUntouched()
  })

  it('reaches others where the platform does not keep it from the network, and nobody where it does', async () => {
    const isolation = await detectIsolation(worker)
    const names = attemptsOf('network')
    const reached = Object.fromEntries(names.map((name) => [name, { returned: expect.any(String) }]))
    const refused = Object.fromEntries(names.map((name) => [name, 'refused']))
    expect(await make(names)).toEqual(reached)
    expect(await make(names, isolation)).toEqual(isolation.network ? refused : reached)
    expectUntouched()
  })

  it('can still do what SECURITY.md says', async () => {
    const names = attemptsOf('remains')
    const done = Object.fromEntries(names.map((name) => [name, { returned: expect.any(String) }]))
    expect(await make(names)).toEqual(done)
  })
})
