import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { MissingProgram, requireProgram } from '../machine/programs.ts'

export interface GoProgram {
  /** The folder below `go/` with its go.mod and go.sum. */
  readonly module: string
  /** The package to build. */
  readonly package: string
}

const built = new Map<string, Promise<string>>()

/**
 * Builds a peer once for each state of its module, outside the tree. Cold it takes minutes: Go downloads and compiles
 * it. What does not build is not tried again.
 * @returns where it is @throws MissingProgram where there is no Go, or it does not build
 */
export function buildGoProgram(program: GoProgram): Promise<string> {
  const known = built.get(program.module) ?? build(program)
  built.set(program.module, known)
  return known
}

async function build({ module, package: path }: GoProgram): Promise<string> {
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
  const flags = ['-trimpath', '-buildvcs=false', '-ldflags=-s -w']
  const go = spawn('setpriv', ['--pdeathsig', 'TERM', 'go', 'build', ...flags, '-o', unfinished, path], {
    cwd: directory,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const [[code], complaints] = await Promise.all([once(go, 'close'), text(go.stderr)])
  if (code !== 0) throw new MissingProgram(`${module} does not build: ${complaints.trim().split('\n').at(-1)}`)
  renameSync(unfinished, binary)
  return binary
}
