import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'
import { createCa, type TestCa } from '@mtls-gateway/test-kit'

export interface RawTarget {
  /** `https://localhost:PORT` */
  readonly url: string
  /** PEM. */
  readonly ca: string
  /** What was received, request by request. */
  readonly received: string[]
  close(): Promise<void>
}

/**
 * A TLS server that answers each request head with the bytes that a test wants. The given CA issues its certificate, or
 * by default a fresh one.
 */
export async function startRawTarget(
  answer: (head: string, socket: TLSSocket) => void,
  serverCa?: TestCa,
): Promise<RawTarget> {
  const ca = serverCa ?? (await createCa({ name: 'Raw target CA' }))
  const identity = await ca.issue({
    commonName: 'localhost',
    dnsNames: ['localhost'],
    extendedKeyUsage: ['serverAuth'],
  })
  const received: string[] = []
  const sockets = new Set<TLSSocket>()
  const server = createServer({ key: identity.privateKey, cert: identity.certificate }, (socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', (chunk: Buffer) => {
      const text = chunk.toString('latin1')
      if (!text.includes('\r\n\r\n')) return
      received.push(text)
      answer(text, socket)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `https://localhost:${port}`,
    ca: ca.certificate,
    received,
    close: async () => {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
}
