/**
 * Where servers and other programs for tests are kept: outside the tree, under a name for each state of what they are
 * made from.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'mtls-gateway')

/**
 * Prints the path of the server `name`, and makes it first where it is missing; with `--path` it only prints.
 * @param sources the files that decide what is made
 * @param make gives the path of the finished binary in a directory of its own
 */
export async function printServer(name, sources, make) {
  const hash = createHash('sha256')
  for (const source of sources) hash.update(readFileSync(source))
  const binary = join(cache, `${name}-${hash.digest('hex').slice(0, 16)}`)
  refuseShared()
  if (!process.argv.includes('--path') && !existsSync(binary)) await keep(binary, make)
  console.log(binary)
}

/** What is found there is run: nobody else may have put it there, where XDG_CACHE_HOME is a place for all. */
function refuseShared() {
  const stats = statSync(cache, { throwIfNoEntry: false })
  if (stats === undefined || process.platform === 'win32') return
  if (stats.uid === process.getuid() && (stats.mode & 0o002) === 0) return
  console.error(`Others can write to ${cache}, and what is in it is run. Delete it, or set XDG_CACHE_HOME.`)
  process.exit(1)
}

/** By a rename: whoever finds the file finds it whole, even if two make it at once. */
async function keep(binary, make) {
  mkdirSync(cache, { recursive: true, mode: 0o700 })
  const directory = mkdtempSync(`${binary}.`)
  try {
    renameSync(await make(directory), binary)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
