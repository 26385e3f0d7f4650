import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export interface VaultProgram {
  readonly command: string
  /** The arguments of a server on 127.0.0.1 that keeps its storage in `dataDir`; may write its configuration there. */
  args(port: number, dataDir: string): readonly string[]
}

/**
 * Whether tests that need a Vault server of their own can run: `bao` or `vault` on the PATH, else what
 * `npm run vault-dev:build` has built. If there is none, says so on stderr.
 * @throws Error where the tests must not be skipped (`required`, as in CI)
 */
export function canStartVaultServer({ required }: { readonly required: boolean }): boolean {
  if (findVaultProgram() !== undefined) return true
  const message = 'there is no Vault server: put bao or vault on the PATH, or run npm run vault-dev:build'
  if (required) throw new Error(message)
  console.warn(`SKIPPED: ${message}`)
  return false
}

export function findVaultProgram(): VaultProgram | undefined {
  const installed = ['bao', 'vault'].find((command) => spawnSync(command, ['version']).status === 0)
  if (installed !== undefined) return { command: installed, args: configured }
  const built = builtServer()
  if (built === undefined) return undefined
  const args = (port: number, dataDir: string) => [
    '-until-stdin-ends',
    '-listen',
    `127.0.0.1:${port}`,
    '-data',
    dataDir,
  ]
  return { command: built, args }
}

/** infra/vault-dev says where it puts the server; undefined where it was not built or the package is not in its repository. */
function builtServer(): string | undefined {
  const script = fileURLToPath(new URL('../../../infra/vault-dev/build.mjs', import.meta.url))
  const { status, stdout } = spawnSync(process.execPath, [script, '--path'], { encoding: 'utf8' })
  const path = stdout.trim()
  return status === 0 && existsSync(path) ? path : undefined
}

/** Not `-dev`: that keeps everything in memory, and a restart would lose it. */
function configured(port: number, dataDir: string): readonly string[] {
  const file = `${dataDir}.hcl`
  writeFileSync(
    file,
    `storage "file" { path = "${dataDir}" }
listener "tcp" {
  address = "127.0.0.1:${port}"
  tls_disable = true
}
api_addr = "http://127.0.0.1:${port}"
disable_mlock = true
`,
  )
  return ['server', `-config=${file}`]
}
