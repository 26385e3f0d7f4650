import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'

export type ServiceName = 'config-api' | 'forwarder-api' | 'console'

export interface ServiceProcessOptions {
  readonly name: ServiceName
  /** Absolute path of the script to run. */
  readonly entry: string
  readonly env: NodeJS.ProcessEnv
  /** All that the service writes is appended here. */
  readonly logFile: string
}

export interface Addresses {
  readonly url: string
  readonly managementUrl: string
}

const tailLines = 20
const tailCharacters = 16_384
const listenDeadlineMs = 60_000

/**
 * A service that runs as long as the demo does. Unlike the test kit's `startService` it can be stopped while it starts,
 * says when it ends by itself, and keeps no more of its output in memory than the tail.
 */
export class ServiceProcess {
  readonly name: ServiceName
  readonly logFile: string
  /** Rejects with what the service printed to stderr, as it is, if it ends instead. */
  readonly listening: Promise<Addresses>
  /** Resolves with how it ended, in words, once all that it wrote has arrived. */
  readonly ended: Promise<string>
  readonly #child: ChildProcess
  #tail = ''

  constructor({ name, entry, env, logFile }: ServiceProcessOptions) {
    this.name = name
    this.logFile = logFile
    this.#child = spawn(process.execPath, [entry], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    this.ended = once(this.#child, 'close').then(([code, signal]: unknown[]) =>
      code === null ? `ended by ${signal}` : `exit code ${code}`,
    )
    this.#record()
    this.#endWithThisProcess()
    this.listening = this.#untilListening()
  }

  /** The last lines of its output. */
  get tail(): string {
    return this.#tail.trimEnd().split('\n').slice(-tailLines).join('\n')
  }

  /** Sends SIGTERM and waits for the end. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM')
    await this.ended
  }

  #record(): void {
    const log = createWriteStream(this.logFile, { flags: 'a', mode: 0o600 })
    // A full disk must not stop the services; the tail is kept all the same.
    log.on('error', () => {})
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        log.write(text)
        this.#tail = (this.#tail + text).slice(-tailCharacters)
      })
    }
    void this.ended.then(() => log.end())
  }

  /** Also when this process ends by a defect: a service left behind would keep its port. */
  #endWithThisProcess(): void {
    const end = () => this.#child.kill('SIGTERM')
    process.once('exit', end)
    void this.ended.then(() => process.removeListener('exit', end))
  }

  async #untilListening(): Promise<Addresses> {
    const { promise, resolve, reject } = Promise.withResolvers<Addresses>()
    let written = ''
    let complaints = ''
    const read = (text: string) => {
      written += text
      const addresses = listeningIn(written)
      if (addresses) resolve(addresses)
    }
    this.#child.stdout?.on('data', read)
    this.#child.stderr?.on('data', (text: string) => {
      complaints = (complaints + text).slice(-tailCharacters)
    })
    void this.ended.then((how) => {
      reject(new Error(complaints.trim() || `${this.name} did not start: ${how}\n${this.tail}`))
    })
    const seconds = listenDeadlineMs / 1_000
    const late = () => reject(new Error(`${this.name} does not listen after ${seconds} s`))
    const timer = setTimeout(late, listenDeadlineMs)
    try {
      return await promise
    } finally {
      clearTimeout(timer)
      this.#child.stdout?.removeListener('data', read)
    }
  }
}

function listeningIn(written: string): Addresses | undefined {
  const complete = written.split('\n').slice(0, -1)
  const line = complete.find((text) => text.includes('"event":"listening"'))
  if (line === undefined) return undefined
  const { url, managementUrl } = JSON.parse(line)
  return { url, managementUrl }
}
