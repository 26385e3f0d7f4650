import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import { freePort } from './free-port.ts'
import { pauseProcess } from './pause-process.ts'
import { findVaultProgram, type VaultProgram } from './vault-program.ts'

/** A Vault that can be asked anything. */
export interface VaultAccess {
  /** `http://127.0.0.1:port` */
  readonly address: string
  readonly rootToken: string
  /** Calls the API, `path` without `/v1/`, as root unless a token is given. The status and the JSON body, if any. */
  api(method: string, path: string, body?: object, token?: string): Promise<VaultAnswer>
}

export interface VaultAnswer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: tests read what they know to be there
  readonly body: any
}

export interface VaultServerOptions {
  /** Keeps the storage; a fresh one, removed by `stop`, unless given. */
  readonly dataDir?: string
  /** The one that is found first unless given. */
  readonly program?: VaultProgram | undefined
}

export interface VaultServer extends VaultAccess {
  readonly unsealKey: string
  /** SIGTERM; a directory that was not given is removed. Does nothing if it was stopped before. */
  stop(): Promise<void>
  /** SIGKILL. What was written is there after a `restart`. */
  kill(): Promise<void>
  /** SIGSTOP: connections stay, and nothing is answered. */
  pause(): void
  resume(): void
  seal(): Promise<void>
  unseal(): Promise<void>
  /**
   * A new process on the same port and data, unsealed; one that still runs is killed.
   * @param listener settings of its listener from now on, in HCL: OpenBao's limits are there
   */
  restart(listener?: string): Promise<void>
}

const activeWithinMs = 60_000

type Child = ChildProcessByStdio<Writable, Readable, Readable>

/**
 * Runs a real Vault server (see `canStartVaultServer`), initialised and unsealed. Rejects with what it printed if it does
 * not start.
 */
export async function startVaultServer(options: VaultServerOptions = {}): Promise<VaultServer> {
  const program = options.program ?? findVaultProgram()
  if (program === undefined) throw new Error('there is no Vault server: run npm run openbao:fetch')
  const directory = await mkdtemp(join(tmpdir(), 'vault-'))
  const ports = { api: await freePort(), cluster: await freePort() }
  const address = `http://127.0.0.1:${ports.api}`
  const dataDir = options.dataDir ?? join(directory, 'data')
  const start = (listener: string) => startProcess(program, program.args(ports, dataDir, listener))
  let child = await start('')
  const { body: made } = await vaultApi(address, 'PUT', 'sys/init', { secret_shares: 1, secret_threshold: 1 })
  const unsealKey: string = made.keys[0]
  const rootToken: string = made.root_token

  const api: VaultAccess['api'] = (method, path, body, token = rootToken) =>
    vaultApi(address, method, path, body, token)
  const unseal = async () => {
    await vaultApi(address, 'PUT', 'sys/unseal', { key: unsealKey })
    await untilActive(address)
  }
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'close')
    child.kill(signal)
    // A paused process takes no SIGTERM before it goes on.
    child.kill('SIGCONT')
    await ended
  }
  await unseal()
  return {
    address,
    rootToken,
    unsealKey,
    api,
    stop: async () => {
      await end('SIGTERM')
      await rm(directory, { recursive: true, force: true })
    },
    kill: () => end('SIGKILL'),
    pause: () => pauseProcess(child),
    resume: () => void child.kill('SIGCONT'),
    seal: async () => void (await api('PUT', 'sys/seal')),
    unseal,
    restart: async (listener = '') => {
      await end('SIGKILL')
      child = await start(listener)
      await unseal()
    },
  }
}

/** Calls the API of any Vault. Rejects if there is no answer. */
export async function vaultApi(address: string, method: string, path: string, body?: object, token?: string) {
  const response = await fetch(`${address}/v1/${path}`, {
    method,
    ...(body && { body: JSON.stringify(body) }),
    ...(token !== undefined && { headers: { 'X-Vault-Token': token } }),
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) } satisfies VaultAnswer
}

/** However this process ends: the guard's stdin ends with it. */
function killWithThisProcess(child: ChildProcess): void {
  const guard = spawn('sh', ['-c', 'read _; kill -KILL "$0"', String(child.pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  child.once('close', () => guard.kill())
}

/** A server with raft storage refuses calls until it has made itself the leader of its cluster of one. */
async function untilActive(address: string): Promise<void> {
  for (const deadline = Date.now() + activeWithinMs; ; ) {
    const { status } = await vaultApi(address, 'GET', 'sys/health')
    if (status === 200) return
    if (Date.now() > deadline) throw new Error(`Vault is not active: its health is ${status}`)
    await setTimeout(20)
  }
}

async function startProcess(program: VaultProgram, args: readonly string[]): Promise<Child> {
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
