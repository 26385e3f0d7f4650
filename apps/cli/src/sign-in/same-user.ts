import { readFile } from 'node:fs/promises'
import type { Socket } from 'node:net'

const established = '01'

/**
 * Whether a process of this user, or root, is at the other end of a connection over loopback: everybody on a machine
 * can see which port a browser was sent to, and be there first. Only Linux tells; elsewhere it is taken as one.
 */
export async function isOfSameUser({ localPort = 0, remotePort = 0 }: Socket): Promise<boolean> {
  const user = process.getuid?.()
  // A browser may reach an IPv4 address by a socket of IPv6.
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map(readTable))
  if (user === undefined || tables.every((rows) => rows === undefined)) return true
  const ports = [`:${hex(remotePort)}`, `:${hex(localPort)}`] as const
  return tables.some((rows = []) =>
    rows.some(([, local = '', remote = '', state, , , , owner]) => {
      const isIt = local.endsWith(ports[0]) && remote.endsWith(ports[1])
      // One that is closing belongs to nobody.
      return isIt && state === established && [user, 0].includes(Number(owner))
    }),
  )
}

/** Rows of `proc_net_tcp(5)` by column. */
async function readTable(path: string): Promise<readonly (readonly string[])[] | undefined> {
  try {
    return (await readFile(path, 'utf8')).split('\n').map((row) => row.trim().split(/\s+/))
  } catch {
    return undefined
  }
}

function hex(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0')
}
