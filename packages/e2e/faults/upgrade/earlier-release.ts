import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { root } from '../../test/support/entries.ts'
import type { Release } from '../rollout/release.ts'
import type { PublishedRelease } from './published-releases.ts'

const scope = '@mtls-gateway'

/**
 * Builds a release from the history of this checkout, with the libraries that are installed here: once, as it is kept
 * in `.data`.
 * @throws Error if the history is not there, or if it does not build
 */
export function buildEarlierRelease(release: PublishedRelease): Release {
  const directory = join(root, '.data/releases', release.commit)
  if (!existsSync(directory)) build(release, directory)
  const entryOf = (app: string) => join(directory, 'apps', app, 'dist/main.js')
  return {
    entries: { 'config-api': entryOf('config-api'), 'forwarder-api': entryOf('forwarder-api') },
    hasPause: false,
  }
}

function build({ version, commit }: PublishedRelease, directory: string): void {
  mkdirSync(dirname(directory), { recursive: true })
  const place = mkdtempSync(`${directory}.`)
  try {
    unpack(commit, place)
    link(join(root, 'node_modules'), join(place, 'node_modules'))
    for (const workspace of workspacesIn(place)) {
      const libraries = join(root, workspace, 'node_modules')
      if (existsSync(libraries)) symlinkSync(libraries, join(place, workspace, 'node_modules'))
    }
    const apps = ['config-api', 'forwarder-api'].map((app) => `--filter=${scope}/${app}`)
    execFileSync(process.execPath, ['infra/turbo.mjs', 'build', ...apps], { cwd: place, stdio: ['ignore', 2, 2] })
    renameSync(place, directory)
  } catch (cause) {
    rmSync(place, { recursive: true, force: true })
    throw new Error(`release ${version} (commit ${commit}) can't be built from this history`, { cause })
  }
}

function unpack(commit: string, place: string): void {
  const parts = ['apps', 'packages', 'infra', 'package.json', 'package-lock.json', 'turbo.json', 'tsconfig.base.json']
  const archive = execFileSync('git', ['archive', commit, ...parts], { cwd: root, maxBuffer: 2 ** 28 })
  execFileSync('tar', ['-x', '-C', place], { input: archive })
}

function workspacesIn(place: string): readonly string[] {
  return ['apps', 'packages'].flatMap((group) => readdirSync(join(place, group)).map((name) => join(group, name)))
}

/** Libraries are those of this checkout; the workspaces are its own, which npm links by relative paths. */
function link(from: string, to: string): void {
  mkdirSync(to)
  for (const name of readdirSync(from)) {
    if (name === scope) execFileSync('cp', ['-a', join(from, name), join(to, name)])
    else if (name !== '.cache') symlinkSync(join(from, name), join(to, basename(name)))
  }
}
