import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

export interface SeenExchange {
  readonly method: string
  readonly path: string
  readonly authorization: string | undefined
  readonly body: string
}

export interface IssuerServer extends AsyncDisposable {
  readonly url: URL
  readonly seen: SeenExchange[]
  /** The answer to the next requests. */
  answer: (response: ServerResponse, request: IncomingMessage) => void
}

/** A token issuer: a real server whose answers the test chooses. */
export async function startIssuerServer(): Promise<IssuerServer> {
  const seen: SeenExchange[] = []
  const server = createServer(async (request, response) => {
    const { method = '', url: path = '', headers } = request
    seen.push({ method, path, authorization: headers.authorization, body: await text(request) })
    issuer.answer(response, request)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer: IssuerServer = {
    // A listening TCP server's address is never a pipe's name.
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/issuer`),
    seen,
    answer: (response) => void response.writeHead(404).end(),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return issuer
}

export function json(value: unknown, status = 200): IssuerServer['answer'] {
  return (response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}
