import { randomUUID } from 'node:crypto'
import { link, lstat, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { CliFailure, errorCode } from '../cli-failure.ts'

const askAgainMs = 25
/** Longer than anybody holds it: a request to a provider ends after 15 seconds. */
const staleMs = 120_000

/**
 * Changes the login as the only process: of two commands that refresh it at once, the second would present a refresh
 * token that has been replaced already, and many providers then end the whole session (RFC 9700 section 4.14).
 * @throws CliFailure where the directory can not be written, or there is something else than a lock
 */
export async function withLoginLock<T>(loginFile: string, work: () => Promise<T>): Promise<T> {
  const path = `${loginFile}.lock`
  const own = JSON.stringify({ pid: process.pid, host: hostname(), id: randomUUID() })
  await mkdir(dirname(path), { recursive: true, mode: 0o700 }).catch((error: unknown) => refuse(path, error))
  while (!(await take(path, own))) {
    await removeStale(path)
    await setTimeout(askAgainMs)
  }
  try {
    return await work()
  } finally {
    if ((await holder(path)) === own) await rm(path, { force: true })
  }
}

async function take(path: string, own: string): Promise<boolean> {
  try {
    await writeFile(path, own, { mode: 0o600, flag: 'wx' })
    return true
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    return refuse(path, error)
  }
}

function refuse(path: string, error: unknown): never {
  throw new CliFailure('wrongUse', `${path} can not be written (${errorCode(error)}).`, { cause: error })
}

/** One whose holder was killed. */
async function removeStale(path: string): Promise<void> {
  const found = await holder(path)
  if (!(await isStale(path, found))) return
  const moved = `${path}.${randomUUID()}`
  try {
    // Several processes may find it stale; only one moves it.
    await rename(path, moved)
    // Another was quicker, and this is somebody's own already.
    if ((await holder(moved)) !== found) await link(moved, path)
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes(errorCode(error))) refuse(path, error)
  } finally {
    await rm(moved, { force: true })
  }
}

/** Undefined where there is none, or one that a command has left that ran as another user, such as root. */
async function holder(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    return ['ENOENT', 'EACCES'].includes(errorCode(error)) ? undefined : refuse(path, error)
  }
}

/** Its age is known of one that can't be read, too. */
async function isStale(path: string, found: string | undefined): Promise<boolean> {
  const age = await lstat(path).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => 0,
  )
  return age > staleMs || (found !== undefined && isOfDead(found))
}

/** A home directory may be shared by several machines, which don't know each other's processes. */
function isOfDead(found: string): boolean {
  const [, pid, host] = /^\{"pid":(\d+),"host":("[^"]*")/.exec(found) ?? []
  if (pid === undefined || host !== JSON.stringify(hostname())) return false
  try {
    process.kill(Number(pid), 0)
    return false
  } catch (error) {
    return errorCode(error) === 'ESRCH'
  }
}
