import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { extname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ProberAnswer, ProberJob } from './messages.ts'

// the sources run as they are in tests, the build as .js
const worker = fileURLToPath(new URL(`./worker${extname(import.meta.url)}`, import.meta.url))

/** The process of one probe. It sees no environment and lives no longer than the probe, so that no key meets another tenant's. */
export class ProberProcess {
  /** What it answered; undefined if it ended before. Never rejects. */
  readonly ended: Promise<ProberAnswer | undefined>
  readonly #process: ChildProcess

  /** @param limitMs after which the process is ended if it has not done so itself */
  constructor(job: ProberJob, limitMs: number) {
    this.#process = fork(worker, {
      env: {},
      execArgv: permissionsFor(job),
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    this.ended = this.#run(job, limitMs)
  }

  end(): void {
    this.#process.kill('SIGKILL')
  }

  async #run(job: ProberJob, limitMs: number): Promise<ProberAnswer | undefined> {
    let answer: ProberAnswer | undefined
    this.#process.on('message', (message: ProberAnswer) => {
      if (message.kind === 'ready')
        this.#process.send(job, () => undefined) // an error of it is the end of the process, too
      else answer = message
    })
    const limit = setTimeout(() => this.end(), limitMs)
    // It rejects for a process that could not be started: that one never closes.
    await once(this.#process, 'close').catch(() => undefined)
    clearTimeout(limit)
    return answer
  }
}

/** It reads its own code, opens the embedded store's files, which takes writing to them, and starts traced calls. */
function permissionsFor({ store }: ProberJob): string[] {
  const files = store.kind === 'embedded' ? [`--allow-fs-write=${resolve(store.directory)}`] : []
  return ['--permission', '--allow-fs-read=*', '--allow-child-process', ...files]
}
