import { once } from 'node:events'
import { createServer } from 'node:net'

/** A TCP port of 127.0.0.1. Another process may take it before the server does, which then does not start. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  return address.port
}
