import { type ChildProcess, type Serializable, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type Readable, Stream } from 'node:stream'
import { serialize } from 'node:v8'
import { FrameReader, framed } from './frames.ts'
import { type Isolation, noIsolation } from './isolation.ts'
import { type Message, read } from './messages.ts'

export interface WorkerProcessOptions {
  /** Node's own flags. */
  readonly flags: readonly string[]
  /** Default none. */
  readonly isolation?: Isolation | undefined
  /** @returns whether such a message was due; the process is ended where it was not */
  readonly received: (message: Message) => boolean
}

/**
 * The longest message from a process: the largest honest ones are reports of a few hundred kilobytes. JavaScript
 * objects can take 15 times as much memory as their JSON.
 */
const maxMessageBytes = 4 * 1024 * 1024

/**
 * A process that may have been taken over, and its two pipes: jobs go to its standard input, and messages come from its
 * file descriptor 3. It is no channel of `fork`: Node reads that one itself, trusts who writes to it, and throws what
 * nobody can catch. Whatever is no message that is due ends the process, and nothing else.
 */
export class WorkerProcess {
  readonly #process: ChildProcess
  readonly #messages: Readable | undefined
  /** Resolves when it is gone, or could not be started. Never rejects. */
  readonly exited: Promise<void>
  /** Like {@link exited}, when everything that it wrote has been read, too. */
  readonly closed: Promise<void>
  #ended = false

  constructor(script: string, { flags, isolation = noIsolation, received }: WorkerProcessOptions) {
    const [program = process.execPath, ...args] = [...isolation.command, process.execPath, ...flags, script]
    this.#process = spawn(program, args, { env: {}, stdio: ['pipe', 'ignore', 'ignore', 'pipe'] })
    // "once" rejects on an error: a process that could not be started never exits.
    this.exited = once(this.#process, 'exit').then(ignore, ignore)
    this.closed = once(this.#process, 'close').then(ignore, ignore)
    this.#process.on('error', () => this.end())
    this.#process.stdin?.on('error', () => this.end())
    this.#messages = this.#receive(received)
  }

  get pid(): number | undefined {
    return this.#process.pid
  }

  /** It may have ended already: then nobody gets the job. */
  send(job: Serializable): void {
    if (!this.#ended) this.#process.stdin?.write(framed(serialize(job)))
  }

  /** Kills it. What it has written, but nobody has read yet, is not received any more. */
  end(): void {
    this.#ended = true
    this.#process.kill('SIGKILL')
    this.#messages?.destroy()
  }

  #receive(received: (message: Message) => boolean): Readable | undefined {
    // The pipes of a process that could not be started may be missing.
    const messages = this.#process.stdio?.[3]
    if (!(messages instanceof Stream.Readable)) return undefined
    const frames = new FrameReader(maxMessageBytes, (payload) => {
      if (!this.#ended && !received(read(payload))) this.end()
    })
    messages.on('data', (piece: Buffer) => {
      try {
        frames.read(piece)
      } catch {
        this.end()
      }
    })
    messages.on('error', () => this.end())
    messages.on('close', () => this.end())
    return messages
  }
}

function ignore(): void {
  // Only that it is over counts.
}
