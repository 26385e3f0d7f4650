import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryFolder } from './temporary-folder.ts'
import { untilActive, type VaultAccess, vaultApi } from './vault-api.ts'
import { VaultProcess } from './vault-process.ts'
import { findVaultProgram, type VaultProgram } from './vault-program.ts'

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
   * @param more other settings from now on: OpenBao's audit devices are there
   */
  restart(listener?: string, more?: string): Promise<void>
  /** All that it stores now. Only OpenBao and an official Vault have snapshots: their storage is raft. */
  snapshot(): Promise<Buffer>
  /** Puts back all that it stored then, and resolves when it answers again. */
  restore(snapshot: Buffer): Promise<void>
}

/**
 * Runs a real Vault server (see `findVaultProgram`), initialised and unsealed. Rejects with what it printed if it
 * does not start.
 */
export async function startVaultServer(options: VaultServerOptions = {}): Promise<VaultServer> {
  const program = options.program ?? findVaultProgram()
  if (program === undefined) throw new Error('there is no Vault server: run npm run openbao:fetch')
  const directory = await mkdtemp(join(temporaryFolder(), 'vault-'))
  const server = await VaultProcess.start(program, options.dataDir ?? join(directory, 'data'))
  const { address } = server
  const { unsealKey, rootToken } = await initialise(address)

  const api: VaultAccess['api'] = (method, path, body, token = rootToken) =>
    vaultApi(address, method, path, body, token)
  const unseal = async () => {
    await vaultApi(address, 'PUT', 'sys/unseal', { key: unsealKey })
    await untilActive(address)
  }
  const askSnapshots = async (method: string, body?: Buffer) => {
    const headers = { 'X-Vault-Token': rootToken }
    const response = await fetch(`${address}/v1/sys/storage/raft/snapshot`, { method, headers, ...(body && { body }) })
    if (!response.ok) throw new Error(`Vault refuses: ${response.status} ${await response.text()}`)
    return response
  }
  await unseal()
  return {
    address,
    rootToken,
    unsealKey,
    api,
    stop: async () => {
      await server.end('SIGTERM')
      await rm(directory, { recursive: true, force: true })
    },
    kill: () => server.end('SIGKILL'),
    pause: () => server.pause(),
    resume: () => server.resume(),
    seal: async () => void (await api('PUT', 'sys/seal')),
    unseal,
    restart: async (listener = '', more = '') => {
      await server.restart(listener, more)
      await unseal()
    },
    snapshot: async () => Buffer.from(await (await askSnapshots('GET')).arrayBuffer()),
    restore: async (snapshot) => {
      await askSnapshots('POST', snapshot)
      await unseal()
    },
  }
}

/** With one key: it stays sealed until it is given that. */
export async function initialise(address: string): Promise<{ unsealKey: string; rootToken: string }> {
  const { body } = await vaultApi(address, 'PUT', 'sys/init', { secret_shares: 1, secret_threshold: 1 })
  return { unsealKey: body.keys[0], rootToken: body.root_token }
}
