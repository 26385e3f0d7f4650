import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TargetCallReport } from '../call.ts'
import type { TracedAnswer, TracedJob } from './messages.ts'

// the sources run as they are in tests, the build as .js
const worker = fileURLToPath(new URL(`./worker${extname(import.meta.url)}`, import.meta.url))
/** The handshake comes first; what follows are a hundred bytes for each piece of an answer. */
const maxTraceBytes = 1024 * 1024

/** What came of the process. */
export interface TracedOutcome {
  /** Undefined if it ended before it reported. */
  readonly report: TargetCallReport | undefined
  readonly trace: string
  /** It was ended because its time was over. */
  readonly late: boolean
}

/** The process of one call. It sees no environment: the settings of the service are nothing to it. */
export class TracedProcess {
  /** Never rejects. */
  readonly ended: Promise<TracedOutcome>
  readonly #process: ChildProcess

  /** @param limitMs after which the process is ended if it has not done so itself */
  constructor(job: TracedJob, limitMs: number) {
    this.#process = fork(worker, {
      env: {},
      execArgv: ['--permission', '--allow-fs-read=*'],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    this.ended = this.#run(job, limitMs)
  }

  end(): void {
    this.#process.kill('SIGKILL')
  }

  async #run(job: TracedJob, limitMs: number): Promise<TracedOutcome> {
    let report: TargetCallReport | undefined
    let late = false
    this.#process.on('message', (answer: TracedAnswer) => {
      if (answer.kind === 'report') report = answer.report
      else this.#process.send(job, () => undefined) // an error of it is the end of the process, too
    })
    const trace = this.#collectTrace()
    const limit = setTimeout(() => {
      late = true
      this.end()
    }, limitMs)
    // It rejects for a process that could not be started: that one never closes.
    await once(this.#process, 'close').catch(() => undefined)
    clearTimeout(limit)
    return { report, trace: Buffer.concat(trace).toString('utf8'), late }
  }

  #collectTrace(): readonly Buffer[] {
    const pieces: Buffer[] = []
    let bytes = 0
    this.#process.stderr?.on('data', (piece: Buffer) => {
      if (bytes < maxTraceBytes) pieces.push(piece)
      bytes += piece.length
    })
    return pieces
  }
}
