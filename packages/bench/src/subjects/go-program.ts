import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MissingProgram, requireProgram } from '../machine/programs.ts'

export interface GoProgram {
  /** The folder below `go/` with its go.mod and go.sum. */
  readonly module: string
  /** The package to build. */
  readonly package: string
}

/**
 * Builds a peer once for each state of its module, outside the tree. Cold it takes minutes: Go downloads and compiles
 * it.
 * @returns where it is @throws MissingProgram where there is no Go, or it does not build
 */
export function buildGoProgram({ module, package: path }: GoProgram): string {
  const directory = fileURLToPath(new URL(`../../go/${module}`, import.meta.url))
  const hash = createHash('sha256')
  for (const name of ['go.mod', 'go.sum']) hash.update(readFileSync(join(directory, name)))
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'mtls-gateway')
  const binary = join(cache, `${module}-${hash.digest('hex').slice(0, 16)}`)
  if (existsSync(binary)) return binary
  requireProgram('go')
  mkdirSync(cache, { recursive: true })
  // Under another name first: whoever finds the file finds it whole, also if two build at once.
  const unfinished = `${binary}.${process.pid}`
  console.error(`Building ${module} from source: some minutes the first time.`)
  const flags = ['-trimpath', '-buildvcs=false', '-ldflags=-s -w']
  const { status, stderr } = spawnSync('go', ['build', ...flags, '-o', unfinished, path], {
    cwd: directory,
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  if (status !== 0) throw new MissingProgram(`${module} does not build: ${stderr.trim().split('\n').at(-1)}`)
  renameSync(unfinished, binary)
  return binary
}
