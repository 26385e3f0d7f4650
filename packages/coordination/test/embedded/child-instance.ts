import { type ChildProcess, execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import type { ChangeNotice, NonceClaim } from '../../src/port.ts'
import { RecordingListener } from '../contract/recording-listener.ts'
import type { Order, Report } from './instance-process.ts'

const script = new URL('./instance-process.ts', import.meta.url)

/** An instance in a child process, driven from a test. */
export class ChildInstance {
  /** What the child was told after `follow`. */
  readonly listener = new RecordingListener()
  readonly #child: ChildProcess
  readonly #answers: Report[] = []

  /** @param clockAheadMs by how much its clock is ahead of this process's */
  static async open(directory: string, instance: string, clockAheadMs = 0): Promise<ChildInstance> {
    const child = new ChildInstance(directory, instance, clockAheadMs)
    await child.#answer()
    return child
  }

  private constructor(directory: string, instance: string, clockAheadMs: number) {
    this.#child = fork(script, [directory, instance, String(clockAheadMs)], {
      execArgv: ['--disable-warning=ExperimentalWarning'],
    })
    this.#child.on('message', (report: Report) => this.#take(report))
  }

  async append(notice: ChangeNotice): Promise<void> {
    await this.#order({ do: 'append', notice })
  }

  claim(claim: NonceClaim): Promise<unknown> {
    return this.#order({ do: 'claim', claim })
  }

  /** From now on its clock is ahead by this much. */
  async setClock(aheadMs: number): Promise<void> {
    await this.#order({ do: 'set-clock', aheadMs })
  }

  /** @returns what its coordination has said about the disk since the last time */
  check(): Promise<unknown> {
    return this.#order({ do: 'check' })
  }

  /** From now on no file of its can be written beyond this size; writing further is an I/O error. */
  limitFiles(bytes: number | 'unlimited'): void {
    execFileSync('prlimit', ['--pid', String(this.#child.pid), `--fsize=${bytes}:`])
  }

  async follow(options: { throwAt?: number } = {}): Promise<void> {
    await this.#order({ do: 'follow', ...options })
  }

  /** Stops it cleanly. @returns the exit code */
  stop(): Promise<number | null> {
    return this.#end('close')
  }

  /** @returns the exit code, once nothing keeps the process alive */
  leave(): Promise<number | null> {
    return this.#end('leave')
  }

  /** kill -9 */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await once(this.#child, 'exit')
  }

  async #end(how: 'close' | 'leave'): Promise<number | null> {
    this.#child.send({ do: how } satisfies Order)
    await once(this.#child, 'exit')
    return this.#child.exitCode
  }

  async #order(order: Order): Promise<unknown> {
    this.#child.send(order)
    return await this.#answer()
  }

  /** Only one order at a time. @throws the code of the child's error */
  async #answer(): Promise<unknown> {
    while (this.#answers.length === 0) await once(this.#child, 'message')
    const report = this.#answers.shift()
    if (report && 'failed' in report) throw report.failed
    return report && 'done' in report ? report.done : undefined
  }

  #take(report: Report): void {
    if (!('heard' in report)) this.#answers.push(report)
    else if (report.heard === 'gap') this.listener.onGap()
    else this.listener.onNotice(report.heard)
  }
}
