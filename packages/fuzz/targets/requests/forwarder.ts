import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { forwarderApiEntry } from '../../../e2e/test/support/entries.ts'
import { withinOwnTime } from '../../engine/own-time.ts'

/** Limit for its objects. By default V8 would keep hundreds of megabytes of garbage, which hide a leak. */
const heapMegabytes = 192
/** On top of what it had once it was warm. */
const maxGrowthBytes = 250 * 1_024 * 1_024
const casesUntilWarm = 2_000
/** Until it tells whether it is ready. */
const deadlineMs = 20_000

/** A forwarder as a process. Its log is checked line by line and not kept, as a run takes an hour. */
export class Forwarder {
  /** What is wrong for good. */
  fault: string | undefined
  readonly url: string
  readonly #process: ChildProcess
  #warmBytes: number | undefined

  private constructor(process: ChildProcess, url: string) {
    this.#process = process
    this.url = url
  }

  /** @param secrets texts that no line may contain */
  static async start(env: Readonly<Record<string, string>>, secrets: readonly string[]): Promise<Forwarder> {
    const process_ = spawn(process.execPath, [`--max-old-space-size=${heapMegabytes}`, forwarderApiEntry], {
      env: { ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const lines = createInterface(process_.stdout)
    const listening = Promise.withResolvers<string>()
    let forwarder: Forwarder | undefined
    lines.on('line', (line) => {
      const { url } = line.includes('"event":"listening"') ? JSON.parse(line) : {}
      if (url !== undefined) listening.resolve(url)
      const leak = leakIn(line, secrets)
      if (forwarder !== undefined && leak !== undefined) forwarder.fault ??= leak
    })
    process_.on('exit', (code, signal) => {
      listening.reject(new Error('the forwarder did not start'))
      if (forwarder !== undefined) forwarder.fault ??= `the forwarder ended by ${signal ?? code}`
    })
    forwarder = new Forwarder(process_, await listening.promise)
    return forwarder
  }

  /**
   * Whether it answers, and has not grown too much: what is wrong at this moment, which another look may not find.
   *
   * @param cases that it has had
   */
  async check(cases: number): Promise<string | undefined> {
    const ready = fetch(`${this.url}/health/ready`).catch(() => ({ status: 0 }))
    const { status } = (await withinOwnTime(ready, deadlineMs)) ?? { status: 0 }
    if (status !== 200) return `the forwarder is not healthy: status ${status}`
    const bytes = residentBytes(this.#process.pid ?? 0)
    if (cases < casesUntilWarm) return undefined
    this.#warmBytes ??= bytes
    const growth = bytes - this.#warmBytes
    return growth > maxGrowthBytes ? `the forwarder has grown by ${growth} bytes` : undefined
  }

  async stop(): Promise<void> {
    this.#process.removeAllListeners('exit')
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const ended = once(this.#process, 'exit')
    this.#process.kill('SIGKILL')
    await ended
  }
}

/** A path is the caller's own text, and is logged as it is. */
function leakIn(line: string, secrets: readonly string[]): string | undefined {
  const rest = line.replace(/"path":"(?:[^"\\]|\\.)*"/, '')
  const secret = secrets.find((each) => rest.includes(each))
  return secret === undefined ? undefined : `a line of the log has a secret: ${JSON.stringify(line.slice(0, 500))}`
}

/** 0 where there is no proc(5). */
function residentBytes(pid: number): number {
  try {
    return 1_024 * Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0)
  } catch {
    return 0
  }
}
