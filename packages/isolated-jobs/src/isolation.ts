import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** What the platform keeps a process from doing, beyond Node's permissions, which know nothing of the network. */
export interface Isolation {
  /** It has no network: its own namespace has only a loopback, which is down. */
  readonly network: boolean
  /** It is another user, or in a user namespace: it can't inspect or trace other processes of the service's user. */
  readonly user: boolean
  /** The command that starts it: the program and its first arguments. Empty where the platform has nothing. */
  readonly command: readonly string[]
}

export const noIsolation: Isolation = { network: false, user: false, command: [] }

/** Nobody's: systemd hands out those below, and 65534 owns files of strangers. */
const uid = '65533'

/**
 * The strongest first. Each replaces itself with the process, which so keeps its id, its pipes and its limits. They
 * come with util-linux, on every Linux.
 */
const asRoot: readonly Isolation[] = [
  { network: true, user: true, command: ['/usr/bin/unshare', '--net', '--setgid', uid, '--setuid', uid, '--'] },
  { network: false, user: true, command: ['/usr/bin/setpriv', '--regid', uid, '--clear-groups', '--reuid', uid, '--'] },
]
const asAnybody: Isolation = { network: true, user: true, command: ['/usr/bin/unshare', '--user', '--net', '--'] }

const limitMs = 5_000

/**
 * What this platform allows, found out by trying: containers often refuse namespaces, and another user may not be able
 * to read our code.
 * @param script to be run: the user that it runs as must be able to read it
 */
export async function detectIsolation(script: string): Promise<Isolation> {
  const [net, user] = process.getuid?.() === 0 ? asRoot : []
  const candidates = [net, asAnybody, user].filter((candidate) => candidate !== undefined)
  for (const candidate of candidates) if (await works(candidate, script)) return candidate
  return noIsolation
}

async function works({ command: [program = '', ...args] }: Isolation, script: string): Promise<boolean> {
  const check = ['/usr/bin/test', '-x', process.execPath, '-a', '-r', script]
  try {
    await promisify(execFile)(program, [...args, ...check], { env: {}, timeout: limitMs })
    return true
  } catch {
    return false
  }
}
