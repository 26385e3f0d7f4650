import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

export interface TerminalOptions {
  readonly columns: number
  readonly directory: string
  readonly env: NodeJS.ProcessEnv
}

/** A command in a terminal of its own, by `script` of util-linux, so that it prints what a user would see. */
export class Terminal {
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown>
  #printed = ''

  constructor(command: string, { columns, directory, env }: TerminalOptions) {
    const words = ['-qec', `stty cols ${columns} rows 50; ${command}`, '/dev/null']
    this.#child = spawn('script', words, { cwd: directory, env, stdio: ['ignore', 'pipe', 'ignore'] })
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#printed += text
    })
    this.#ended = once(this.#child, 'close')
  }

  /** All that it prints. */
  async toTheEnd(): Promise<string> {
    await this.#ended
    return this.#printed
  }

  /** What it has printed once that contains `text`. @throws Error if it ends without */
  async until(text: string): Promise<string> {
    const seen = Promise.withResolvers<void>()
    const look = () => this.#printed.includes(text) && seen.resolve()
    this.#child.stdout?.on('data', look)
    look()
    await Promise.race([seen.promise, this.#ended])
    this.#child.stdout?.off('data', look)
    if (!this.#printed.includes(text)) throw new Error(this.#printed)
    return this.#printed
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM')
    await this.#ended
  }
}
