import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { serve } from '@mtls-gateway/test-kit'

/** What something in front of a store may answer in its place. */
export type Fault = 'redirect' | 'drip' | 'html'

export interface FaultyProxy {
  readonly address: string
  /** How many requests came to where `redirect` points. */
  readonly strays: number
  /** From now on, on new connections too; those that there are end. */
  breakBy(fault: Fault): void
  mend(): void
  close(): Promise<void>
}

const dripMs = 300

/** Stands before a Vault and hands every byte on, unless it is told to answer by itself. */
export async function startFaultyProxy(upstream: string): Promise<FaultyProxy> {
  let strays = 0
  const elsewhere = await serve((_, response) => {
    strays++
    response.setHeader('content-type', 'application/json').end('{"data":{"data":{},"metadata":{"version":1}}}')
  })
  const faults: Record<Fault, RequestListener> = {
    redirect: (request, response) => {
      response.writeHead(307, { location: `${elsewhere.url}${request.url}` }).end()
    },
    // Vault's answer for what is not there, if one waited for the end of it.
    drip: async (_, response) => {
      response.writeHead(404, { 'content-type': 'application/json', 'content-length': 13 })
      for (const byte of '{"errors":[]}') {
        if (response.destroyed) return
        response.write(byte)
        await setTimeout(dripMs)
      }
      response.end()
    },
    html: (_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html><body>Down for maintenance.</body></html>')
    },
  }

  let fault: Fault | undefined
  // It listens nowhere: connections are handed to it.
  const answering = createHttpServer((request, response) => {
    if (fault === undefined) response.destroy()
    else faults[fault](request, response)
  })
  const sockets = new Set<Socket>()
  const { hostname, port } = new URL(upstream)
  const proxy = createServer((socket) => {
    sockets.add(socket.on('error', () => {}).on('close', () => sockets.delete(socket)))
    if (fault !== undefined) {
      answering.emit('connection', socket)
      return
    }
    const store = connect(Number(port), hostname).on('error', () => socket.destroy())
    socket.on('close', () => store.destroy())
    store.on('close', () => socket.destroy())
    socket.pipe(store).pipe(socket)
  }).listen(0, '127.0.0.1')
  await once(proxy, 'listening')

  const turn = (next: Fault | undefined) => {
    fault = next
    for (const socket of sockets) socket.destroy()
  }
  return {
    address: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    get strays() {
      return strays
    },
    breakBy: (next) => turn(next),
    mend: () => turn(undefined),
    close: async () => {
      turn(undefined)
      proxy.close()
      await once(proxy, 'close')
      await elsewhere.close()
    },
  }
}
