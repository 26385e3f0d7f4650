import { readFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { CliFailure, errorCode } from '../cli-failure.ts'
import { ask, type TerminalInput, type TerminalOutput } from './ask.ts'

export interface InputStreams {
  readonly stdin: TerminalInput
  /** Where questions are asked. */
  readonly stderr: TerminalOutput
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'There is no such file.',
  EISDIR: 'It is a directory.',
  EACCES: 'You may not read it.',
}

/** What reading input needs of a command's context. */
export interface InputContext {
  readonly environment: NodeJS.ProcessEnv
  readonly inputs: Inputs
}

/** What a user gives beside arguments: files, stdin, and answers to questions. */
export class Inputs {
  readonly #streams: InputStreams
  #isTaken = false

  constructor(streams: InputStreams) {
    this.#streams = streams
  }

  /** A user can be asked. */
  get isTerminal(): boolean {
    return this.#streams.stdin.isTTY === true && this.#streams.stderr.isTTY === true
  }

  /** `-` is stdin. @throws CliFailure */
  async file(path: string): Promise<Buffer<ArrayBuffer>> {
    if (path === '-') return this.#stdin()
    try {
      return await readFile(path)
    } catch (error) {
      const code = errorCode(error)
      throw new CliFailure('wrongUse', `${path} can not be read. ${reasons[code] ?? `(${code})`}`, { cause: error })
    }
  }

  /** The text of a file, without the end of its last line. @throws CliFailure */
  async secretFile(path: string): Promise<string> {
    return (await this.file(path)).toString('utf8').replace(/\r?\n$/, '')
  }

  /** Asks on the terminal; what is typed is not shown. */
  askSecret(question: string): Promise<string> {
    return ask({ text: question, isHidden: true }, this.#streams.stdin, this.#streams.stderr)
  }

  /** Asks on the terminal. */
  async askYesNo(question: string): Promise<boolean> {
    const { stdin, stderr } = this.#streams
    return /^y(es)?$/i.test(await ask({ text: `${question} [y/N] `, isHidden: false }, stdin, stderr))
  }

  /** Whole; it can be read once. */
  async #stdin(): Promise<Buffer<ArrayBuffer>> {
    if (this.#isTaken) throw new CliFailure('wrongUse', 'Only one file can be read from stdin ("-").')
    this.#isTaken = true
    return Buffer.from(await buffer(this.#streams.stdin))
  }
}
