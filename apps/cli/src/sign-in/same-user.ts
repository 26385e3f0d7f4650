import { readFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { endianness } from 'node:os'

/** Where a connection begins and ends. */
type Ends = Pick<Socket, 'localAddress' | 'localPort' | 'remoteAddress' | 'remotePort'>

const established = '01'

/**
 * Whether a process of this user, or root, is at the other end of a connection over loopback: everybody on a machine
 * can see which port a browser was sent to, and be there first. Only Linux tells; elsewhere it is taken as one.
 *
 * Ports alone do not say which connection it is: loopback has many addresses, and a stranger can have the port that the
 * browser has at another one of them.
 */
export async function isOfSameUser({ localAddress, localPort, remoteAddress, remotePort }: Ends): Promise<boolean> {
  const user = process.getuid?.()
  // A browser may reach an IPv4 address by a socket of IPv6.
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map(readTable))
  if (user === undefined || tables.every((rows) => rows === undefined)) return true
  const [begins, ends] = [endNames(remoteAddress, remotePort), endNames(localAddress, localPort)]
  return tables.some((rows = []) =>
    rows.some(([, local = '', remote = '', state, , , , owner]) => {
      // One that is closing belongs to nobody.
      return (
        begins.includes(local) && ends.includes(remote) && state === established && [user, 0].includes(Number(owner))
      )
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

/** As the tables have them: `0100007F:1F90` is 127.0.0.1:8080 on most machines. */
function endNames(address = '', port = 0): readonly string[] {
  const atPort = `:${hex([port >> 8, port & 0xff])}`
  if (address === '::1') return [inWords([...zeros(15), 1]) + atPort]
  const bytes = address.replace('::ffff:', '').split('.').map(Number)
  return [bytes, [...zeros(10), 0xff, 0xff, ...bytes]].map((each) => inWords(each) + atPort)
}

/** In words of four bytes, each in the byte order of the machine. */
function inWords(bytes: readonly number[]): string {
  const words = Array.from({ length: bytes.length / 4 }, (_, at) => bytes.slice(4 * at, 4 * at + 4))
  return words.map((word) => hex(endianness() === 'LE' ? word.toReversed() : word)).join('')
}

function zeros(count: number): readonly number[] {
  return Array<number>(count).fill(0)
}

function hex(bytes: readonly number[]): string {
  return Buffer.from(bytes).toString('hex').toUpperCase()
}
