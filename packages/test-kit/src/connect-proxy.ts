import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import type { IssuedCertificate } from './certificate-authority.ts'

/** A request for a tunnel, as a proxy has got it. */
export interface TunnelRequest {
  /** `address:port` */
  readonly authority: string
  /** `Proxy-Authorization`. */
  readonly authorization: string | undefined
}

export interface ConnectProxy {
  readonly port: number
  readonly requests: readonly TunnelRequest[]
  close(): Promise<void>
}

/**
 * An HTTP proxy for CONNECT and nothing else, on 127.0.0.1.
 * @param answer what it answers in the place of a tunnel, or undefined for one; '' for nothing at all
 * @param identity of a proxy over TLS
 */
export async function startConnectProxy(
  answer: (request: TunnelRequest) => string | undefined = () => undefined,
  identity?: IssuedCertificate,
): Promise<ConnectProxy> {
  const requests: TunnelRequest[] = []
  const sockets = new Set<Socket>()
  const keep = (socket: Socket): Socket => {
    sockets.add(socket)
    return socket.on('error', () => {}).on('close', () => sockets.delete(socket))
  }
  const server = identity ? createTlsServer({ cert: identity.certificate, key: identity.privateKey }) : createServer()
  server.on('connection', keep).on('secureConnection', keep)
  server.on('connect', (request, _socket, head: Buffer) => {
    const socket = request.socket
    const asked = { authority: request.url ?? '', authorization: request.headers['proxy-authorization'] }
    requests.push(asked)
    const refusal = answer(asked)
    if (refusal !== undefined) {
      socket.write(refusal, 'latin1')
      return
    }
    const { hostname, port } = new URL(`tcp://${asked.authority}`)
    const target = keep(connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) }))
    target.once('connect', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      target.write(head)
      socket.pipe(target).pipe(socket)
    })
    target.once('error', () => socket.end('HTTP/1.1 503 Service Unavailable\r\n\r\n'))
    socket.once('close', () => target.destroy())
    target.once('close', () => socket.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    close: async () => {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
}
