import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export interface VaultPorts {
  /** The port of the API. */
  readonly api: number
  /** On which the servers of a cluster talk to each other. */
  readonly cluster: number
}

export interface VaultProgram {
  readonly command: string
  /**
   * The arguments of a server on 127.0.0.1 that keeps its storage in `dataDir`; may write its configuration there.
   * @param listener more settings of its listener, in HCL; only OpenBao and an official Vault have any
   * @param more settings beside those of storage and listener, in the same way
   */
  args(ports: VaultPorts, dataDir: string, listener: string, more?: string): readonly string[]
}

export const vaultNames = ['bao', 'vault']

/**
 * What a Vault server of one's own runs on: `bao` or `vault` on the PATH, else the OpenBao that `npm run openbao:fetch`
 * has fetched, else the Vault that `npm run vault-dev:build` has built.
 */
export function findVaultProgram(): VaultProgram | undefined {
  const installed = vaultNames.find((command) => spawnSync(command, ['version']).status === 0)
  const official = installed ?? fetchedBy('infra/openbao/fetch.mjs')
  return official === undefined ? findBuiltVault() : { command: official, args: configured }
}

/** The Vault of infra/vault-dev, however many others there are. */
export function findBuiltVault(): VaultProgram | undefined {
  const command = fetchedBy('infra/vault-dev/build.mjs')
  if (command === undefined) return undefined
  const args: VaultProgram['args'] = ({ api }, dataDir, listener, more = '') => {
    if (listener + more !== '') throw new Error('this server has no settings: run npm run openbao:fetch')
    return ['-until-stdin-ends', '-listen', `127.0.0.1:${api}`, '-data', dataDir]
  }
  return { command, args }
}

const fetched = new Map<string, string | undefined>()

/** What a script of infra has fetched or built; undefined if it has not run, or this repository lacks the script. */
export function fetchedBy(script: string): string | undefined {
  if (!fetched.has(script)) {
    const file = fileURLToPath(new URL(`../../../${script}`, import.meta.url))
    const { status, stdout } = spawnSync(process.execPath, [file, '--path'], { encoding: 'utf8' })
    const path = stdout.split('\n')[0] ?? ''
    fetched.set(script, status === 0 && existsSync(path) ? path : undefined)
  }
  return fetched.get(script)
}

/** Not `-dev`: that keeps everything in memory, and a restart would lose it. */
function configured({ api, cluster }: VaultPorts, dataDir: string, listener: string, more = ''): readonly string[] {
  mkdirSync(dataDir, { recursive: true })
  const file = `${dataDir}.hcl`
  // The multiplier makes a server the leader after one to two seconds instead of five to ten; the intervals make a
  // member of a cluster one that votes.
  writeFileSync(
    file,
    `storage "raft" {
  path = "${dataDir}"
  node_id = "127.0.0.1:${api}"
  performance_multiplier = 1
  autopilot_update_interval = "200ms"
  autopilot_reconcile_interval = "400ms"
}
listener "tcp" {
  address = "127.0.0.1:${api}"
  cluster_address = "127.0.0.1:${cluster}"
  tls_disable = true
  ${listener}
}
api_addr = "http://127.0.0.1:${api}"
cluster_addr = "https://127.0.0.1:${cluster}"
disable_mlock = true
${more}
`,
  )
  return ['server', `-config=${file}`]
}
