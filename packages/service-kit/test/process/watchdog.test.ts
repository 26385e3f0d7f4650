import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, describe, expect, it } from '@jest/globals'
import { compileCache } from '@mtls-gateway/test-kit'
import { RawConnection } from '../support/raw-connection.ts'

const entry = join(import.meta.dirname, '../child-service/dist/child-service.js')

/** EX_SOFTWARE */
const exitCode = 70

interface LogLine {
  readonly event: string
  readonly url?: string
  readonly stack?: readonly string[]
}

/** A service process, with the command and the Node flags under test. */
class WatchedService {
  readonly lines: LogLine[] = []
  readonly process: ChildProcess
  /** Exit code and signal, once all output has arrived. */
  readonly ended: Promise<readonly unknown[]>
  readonly url: Promise<string>

  constructor({ command = [], flags = [], limit = '1s' }: WatchedOptions) {
    const [program = process.execPath, ...args] = [...command, process.execPath, ...flags, entry]
    const own = { CHILD_PORT: '0', CHILD_MANAGEMENT_PORT: '0', BLOCKED_LIMIT: limit, PATH: process.env.PATH }
    const env = { ...compileCache(), ...own }
    this.process = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'ignore'] })
    this.ended = once(this.process, 'close')
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    this.url = promise
    if (this.process.stdout === null) throw new TypeError('its output is not piped')
    createInterface(this.process.stdout).on('line', (text) => {
      const line: LogLine = JSON.parse(text)
      this.lines.push(line)
      if (line.event === 'listening' && line.url !== undefined) resolve(line.url)
    })
    this.ended.then(() => reject(new Error('it ended')))
  }

  /** Requests what blocks it, and waits until it is gone. */
  async block(path: string): Promise<readonly unknown[]> {
    new RawConnection(await this.url).get(path)
    return this.ended
  }

  async turns(): Promise<void> {
    expect(await (await fetch(`${await this.url}/spin?ms=0`)).text()).toBe('turned')
  }

  get report(): LogLine | undefined {
    return this.lines.find(({ event }) => event === 'event-loop-blocked')
  }
}

interface WatchedOptions {
  readonly command?: readonly string[]
  readonly flags?: readonly string[]
  readonly limit?: string
}

const started: WatchedService[] = []
function start(options: WatchedOptions = {}): WatchedService {
  const service = new WatchedService(options)
  started.push(service)
  return service
}
afterAll(async () => {
  for (const service of started) {
    service.process.kill('SIGKILL')
    await service.ended
  }
})

describe('a service process whose event loop is blocked', () => {
  it.each([
    { path: '/spin', by: 'a loop', frame: 'spin' },
    { path: '/regex', by: 'a regex that backtracks', frame: 'backtrack' },
    // Between two of them, the stack is Node's own.
    { path: '/microtasks', by: 'promises', frame: '(turnForEver|processTicksAndRejections)' },
  ])('ends, and its log says where: $by', async ({ path, frame }) => {
    const blocked = start()
    expect(await blocked.block(path)).toEqual([exitCode, null])
    expect(blocked.report).toEqual({
      level: 'fatal',
      time: expect.any(String),
      service: 'child',
      event: 'event-loop-blocked',
      blockedMs: 1_000,
      stack: expect.any(Array),
      msg: expect.stringContaining('BLOCKED_LIMIT'),
    })
    const place = new RegExp(`^${frame} \\((file:///.*/child-service\\.js|node:internal/.*):\\d+:\\d+\\)$`)
    expect(blocked.report?.stack).toContainEqual(expect.stringMatching(place))
    // Earlier log lines are not lost; values are not logged.
    expect(blocked.lines.map(({ event }) => event)).toContain('blocking')
    expect(JSON.stringify(blocked.lines)).not.toContain('c4n4ry')
  })

  it('ends without a stack where nothing can look into it', async () => {
    const blocked = start()
    expect(await blocked.block('/native')).toEqual([null, 'SIGKILL'])
    expect(blocked.report).toMatchObject({ stack: [] })
  })

  it('ends with a stack under the flags that take the debugger away from others', async () => {
    const flags = ['--disable-sigusr1', '--permission', '--allow-fs-read=*', '--allow-worker', '--allow-inspector']
    const blocked = start({ flags })
    expect(await blocked.block('/spin')).toEqual([exitCode, null])
    expect(blocked.report?.stack).toContainEqual(expect.stringMatching(/^spin /))
  })

  // A container's first process: signals from within don't reach it.
  const asFirst = ['unshare', '--user', '--map-root-user', '--pid', '--fork', '--kill-child']
  const hasNamespaces = spawnSync(asFirst[0] ?? '', [...asFirst.slice(1), 'true']).status === 0
  ;(hasNamespaces ? it : it.skip)('ends as the first process of a namespace', async () => {
    const blocked = start({ command: asFirst })
    expect(await blocked.block('/regex')).toEqual([exitCode, null])
    expect(blocked.report?.stack).toContainEqual(expect.stringMatching(/^backtrack /))
  })
})

// Beside those above, as they only sleep.
describe('a service process', () => {
  it.concurrent.each([
    { why: 'until the limit', limit: '30s', flags: [] },
    { why: 'without a limit', limit: '0', flags: [] },
    { why: 'while it can be debugged', limit: '1s', flags: ['--inspect=127.0.0.1:0'] },
  ])('may be blocked: $why', async ({ limit, flags }) => {
    const blocked = start({ limit, flags })
    expect(await (await fetch(`${await blocked.url}/sleep?ms=2500`)).text()).toBe('turned')
    expect(blocked.report).toBeUndefined()
  })

  it.concurrent('may be stopped for longer than the limit', async () => {
    const stopped = start()
    await stopped.turns()
    for (let round = 0; round < 3; round += 1) {
      stopped.process.kill('SIGSTOP')
      await delay(2_000)
      stopped.process.kill('SIGCONT')
      await stopped.turns()
    }
    // It is watched all the same.
    expect(await stopped.block('/spin')).toEqual([exitCode, null])
  })
})
