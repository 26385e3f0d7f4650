import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import { type Backends, type Env, isOnProduction, type ServiceName } from './backends.ts'

/** Which secrets a service of a system reads from its store. */
export interface StoreReads {
  /** Settings of the service. */
  readonly env: Env
  /** The paths that were read since the last time that this was asked, in order. */
  take(): Promise<readonly string[]>
  close(): Promise<void>
}

/** On the embedded backends noted by the service itself; on Vault by a proxy before it. */
export function openStoreReads(backends: Backends, directory: string, service: ServiceName): Promise<StoreReads> {
  return isOnProduction() ? readsOfVault(backends.env(service)) : readsOfFiles(join(directory, `${service}.txt`))
}

async function readsOfFiles(file: string): Promise<StoreReads> {
  const hook = new URL('../fixtures/note-reads.ts', import.meta.url).href
  let taken = 0
  await writeFile(file, '')
  return {
    env: { NODE_OPTIONS: `--import=${hook}`, READS_FILE: file },
    take: async () => {
      const lines = (await readFile(file, 'utf8')).split('\n').slice(0, -1)
      const from = taken
      taken = lines.length
      return lines.slice(from)
    },
    close: async () => {},
  }
}

/** On the level of bytes: Node's HTTP server does not know Vault's method LIST. */
async function readsOfVault({ VAULT_ADDR = '' }: Env): Promise<StoreReads> {
  const { hostname, port } = new URL(VAULT_ADDR)
  let paths: string[] = []
  const server = createServer((client) => {
    const vault = connect(Number(port), hostname)
    client.on('error', () => vault.destroy()).on('close', () => vault.destroy())
    vault.on('error', () => client.destroy()).on('close', () => client.destroy())
    // Requests of one connection come one after the other, each begins a chunk.
    client.on('data', (chunk) => {
      const path = /^GET \/v1\/[\w-]+\/data\/([\w/-]+)/.exec(chunk.toString('latin1'))?.[1]
      if (path !== undefined) paths.push(path)
      vault.write(chunk)
    })
    vault.on('data', (chunk) => client.write(chunk))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    env: { VAULT_ADDR: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
    take: async () => {
      const read = paths
      paths = []
      return read
    },
    /** Once its clients have ended. */
    close: async () => {
      server.close()
      await once(server, 'close')
    },
  }
}
