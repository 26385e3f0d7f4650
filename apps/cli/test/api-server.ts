import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach } from '@jest/globals'

const closings: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closings.splice(0)) await close()
})

/** A server that is no gateway, with what it was asked; closed after the test. */
export async function startServer(answer: (response: ServerResponse, url: string) => void) {
  const requests: { readonly method: string; readonly url: string; readonly headers: IncomingHttpHeaders }[] = []
  const server = createServer(({ method = '', url = '', headers }, response) => {
    requests.push({ method, url, headers })
    answer(response, url)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = async () => {
    if (!server.listening) return
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  }
  closings.push(close)
  // It listens: its address is no pipe's.
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, requests, close }
}
