import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** What the platform keeps a process from, beside Node's permissions, which know nothing of the network. */
export interface Isolation {
  /** It has no network: its own namespace holds a loopback alone, which is down. */
  readonly network: boolean
  /**
   * It is another user, or in a user namespace: it can't look into other processes of the service's user, nor trace
   * them.
   */
  readonly user: boolean
  /** What starts it: the program with its first arguments. None where the platform has nothing. */
  readonly command: readonly string[]
}

export const noIsolation: Isolation = { network: false, user: false, command: [] }

/** Of nobody: systemd hands out those below, and 65534 is the one whom files of strangers belong to. */
const uid = '65533'

/**
 * The strongest first; each replaces itself by the process, which so keeps its id, its channel and its limits.
 * util-linux, on every Linux.
 */
const asRoot: readonly Isolation[] = [
  { network: true, user: true, command: ['/usr/bin/unshare', '--net', '--setgid', uid, '--setuid', uid, '--'] },
  { network: false, user: true, command: ['/usr/bin/setpriv', '--regid', uid, '--clear-groups', '--reuid', uid, '--'] },
]
const asAnybody: Isolation = { network: true, user: true, command: ['/usr/bin/unshare', '--user', '--net', '--'] }

const limitMs = 5_000

/**
 * What this platform lets us have, found out by trying: containers often refuse namespaces, and another user may not
 * get at our code.
 * @param script that is to be run: whoever it runs as must be able to read it
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

/** For `fork`. @param flags Node's own */
export function isolated({ command: [program, ...args] }: Isolation, flags: readonly string[]) {
  if (program === undefined) return { execPath: process.execPath, execArgv: [...flags] }
  return { execPath: program, execArgv: [...args, process.execPath, ...flags] }
}
