/**
 * Makes the files of a release from a checkout that has been built: npm run release-files -- DIRECTORY
 * The packages of `mtls` and the client, a bill of materials for each app, and their checksums: from the same commit,
 * the same bytes.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { apps, type Build, billOfMaterials, installed } from './bill-of-materials.ts'

/** What people install: `mtls`, and the client with the packages that it needs. */
export const packed = [
  'apps/cli',
  'packages/client',
  'packages/contract',
  'packages/domain',
  'packages/request-signing',
] as const

/** @param directory is made where it is not there; other files in it get checksums, too */
export function makeAssets(root: string, directory: string, build: Build): void {
  mkdirSync(directory, { recursive: true })
  const workspaces = packed.flatMap((folder) => ['--workspace', folder])
  execFileSync('npm', ['pack', '--silent', '--pack-destination', directory, ...workspaces], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const all = installed(root)
  for (const app of apps) {
    const text = JSON.stringify(billOfMaterials(root, app, all, build), null, 2)
    writeFileSync(join(directory, `${app}.cdx.json`), `${text}\n`)
  }
  const names = readdirSync(directory).filter((name) => name !== sums)
  const lines = names.sort().map((name) => `${sha256(join(directory, name))}  ${name}\n`)
  writeFileSync(join(directory, sums), lines.join(''))
}

/** For `sha256sum --check`. */
const sums = 'SHA256SUMS'

function sha256(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}

/** Its time is the commit's: that of the build would be another one each time. */
function buildOf(root: string): Build {
  const time = execFileSync('git', ['log', '-1', '--format=%ct'], { cwd: root, encoding: 'utf8' })
  return {
    commit: readFileSync(join(root, 'apps/cli/dist/commit'), 'utf8').trim(),
    time: new Date(Number(time) * 1_000).toISOString(),
  }
}

if (import.meta.main) {
  const [directory] = process.argv.slice(2)
  const root = join(import.meta.dirname, '../..')
  if (directory === undefined) {
    console.error('Name the directory: npm run release-files -- DIRECTORY')
    process.exitCode = 2
  } else {
    makeAssets(root, resolve(directory), buildOf(root))
  }
}
