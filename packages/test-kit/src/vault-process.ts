import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { freePort } from './free-port.ts'
import { pauseProcess } from './pause-process.ts'
import type { VaultPorts, VaultProgram } from './vault-program.ts'

type Child = ChildProcessByStdio<Writable, Readable, Readable>

/** A Vault's process, on the same ports and data whenever it is started. */
export class VaultProcess {
  readonly address: string
  readonly #program: VaultProgram
  readonly #ports: VaultPorts
  readonly #dataDir: string
  #child: Child

  private constructor(program: VaultProgram, ports: VaultPorts, dataDir: string, child: Child) {
    this.address = `http://127.0.0.1:${ports.api}`
    this.#program = program
    this.#ports = ports
    this.#dataDir = dataDir
    this.#child = child
  }

  /** Sealed, or not initialised. Rejects with what it printed if it does not start. */
  static async start(program: VaultProgram, dataDir: string): Promise<VaultProcess> {
    const ports = { api: await freePort(), cluster: await freePort() }
    return new VaultProcess(program, ports, dataDir, await spawnVault(program, program.args(ports, dataDir, '')))
  }

  /** Kills it first if it runs still. The settings are those of {@link VaultProgram.args}. */
  async restart(listener: string, more = ''): Promise<void> {
    await this.end('SIGKILL')
    this.#child = await spawnVault(this.#program, this.#program.args(this.#ports, this.#dataDir, listener, more))
  }

  /** Does nothing if it has ended. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#child
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'close')
    child.kill(signal)
    // A paused process takes no SIGTERM before it goes on.
    child.kill('SIGCONT')
    await ended
  }

  pause(): void {
    pauseProcess(this.#child)
  }

  resume(): void {
    this.#child.kill('SIGCONT')
  }
}

async function spawnVault(program: VaultProgram, args: readonly string[]): Promise<Child> {
  const child = spawn(program.command, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  killWithThisProcess(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const { promise: ready, resolve, reject } = Promise.withResolvers<void>()
  createInterface(child.stdout).on('line', (line) => {
    if (/"event":"listening"|server started!/.test(line)) resolve()
  })
  child.once('error', reject)
  child.once('close', () => reject(new Error(`Vault ended before it was ready:\n${output}`)))
  await ready
  return child
}

/** However this process ends: the guard's stdin ends with it. */
function killWithThisProcess(child: ChildProcess): void {
  const guard = spawn('sh', ['-c', 'read _; kill -KILL "$0"', String(child.pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  child.once('close', () => guard.kill())
}
