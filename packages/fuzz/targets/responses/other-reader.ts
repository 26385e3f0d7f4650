import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'

/**
 * A program that reads length-prefixed cases and answers each, in order, with length-prefixed JSON. It lives for the
 * whole run.
 */
export class OtherReader {
  readonly name: 'h11' | 'Go'
  readonly #child: ChildProcessByStdio<Writable, Readable, null>
  #received = Buffer.alloc(0)
  readonly #waiting: ((answer: unknown) => void)[] = []

  constructor(name: 'h11' | 'Go', command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
    this.name = name
    this.#child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'inherit'] })
    this.#child.stdout.on('data', (bytes: Buffer) => this.#read(bytes))
    this.#child.on('exit', (code, signal) => {
      if (this.#waiting.length > 0) throw new Error(`${name} ended, by ${code ?? signal}, before it had answered`)
    })
  }

  ask(inputs: readonly Buffer[]): Promise<readonly unknown[]> {
    const answers = inputs.map((input) => {
      const { promise, resolve } = Promise.withResolvers<unknown>()
      this.#waiting.push(resolve)
      const length = Buffer.alloc(4)
      length.writeUInt32BE(input.length)
      this.#child.stdin.write(Buffer.concat([length, input]))
      return promise
    })
    return Promise.all(answers)
  }

  close(): void {
    this.#child.removeAllListeners('exit').kill('SIGKILL')
  }

  #read(bytes: Buffer): void {
    this.#received = Buffer.concat([this.#received, bytes])
    while (this.#received.length >= 4) {
      const end = 4 + this.#received.readUInt32BE(0)
      if (this.#received.length < end) return
      this.#waiting.shift()?.(JSON.parse(this.#received.toString('utf8', 4, end)))
      this.#received = this.#received.subarray(end)
    }
  }
}
