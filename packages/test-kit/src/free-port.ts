import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer, type Server } from 'node:net'

/** Below what the system gives to outgoing connections and to `listen(0)`: Linux from 32768 up, macOS from 49152. */
const range = { from: 10_000, to: 32_768 }

let next = evenBelow(range.to)

/**
 * A port of 127.0.0.1 that nothing listens on, TCP or UDP. It stays the caller's until this process ends, for servers
 * that take a while to start, are started again, or must not be there: nobody else is given it.
 */
export function freePort(): Promise<number> {
  return freePortFrom(next)
}

/** As {@link freePort}, for a server that listens on the port so far above it as well. @param above an even number */
export async function freePortPair(above: number): Promise<number> {
  for (;;) {
    const port = await freePortFrom(evenBelow(range.to - above))
    if ((await freePortFrom(port + above)) === port + above) return port
  }
}

/** Whether somebody listens on this port of 127.0.0.1. */
export async function takesConnections(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

function evenBelow(end: number): number {
  return range.from + 2 * Math.floor((Math.random() * (end - range.from)) / 2)
}

/** The first one from an even `port` on. */
export async function freePortFrom(port: number): Promise<number> {
  next = port + 2 < range.to ? port + 2 : range.from
  const claim = await claimed(port)
  if (claim === undefined) return freePortFrom(next)
  if (await isFree(port)) return port
  claim.close()
  return freePortFrom(next)
}

/** Ports given are even. What tells other processes is a UDP socket on the odd one above: it ends with its process. */
async function claimed(port: number): Promise<Socket | undefined> {
  const claim = createSocket('udp4')
  if (await bound(claim, port + 1)) return claim.unref()
  claim.close()
  return undefined
}

async function isFree(port: number): Promise<boolean> {
  const udp = createSocket('udp4')
  const tcp = createServer()
  const isBound = (await bound(udp, port)) && (await listens(tcp, port))
  if (tcp.listening) await once(tcp.close(), 'close')
  await once(udp.close(), 'close')
  return isBound
}

function bound(socket: Socket, port: number): Promise<boolean> {
  return unlessInUse(once(socket.bind({ port, address: '127.0.0.1', exclusive: true }), 'listening'))
}

function listens(server: Server, port: number): Promise<boolean> {
  return unlessInUse(once(server.listen({ port, host: '127.0.0.1', exclusive: true }), 'listening'))
}

async function unlessInUse(listening: Promise<unknown>): Promise<boolean> {
  try {
    await listening
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false
    throw error
  }
}
