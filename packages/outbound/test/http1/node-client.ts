import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { type AnswerEvent, bytesOf, type ReadOptions } from './read-answer.ts'

/** Node's own HTTP client, as another reader of the same answers. */
export class NodeClient {
  readonly #server: Server
  #answer = ''

  private constructor(server: Server) {
    this.#server = server
  }

  static async start(): Promise<NodeClient> {
    const server = createServer()
    const client = new NodeClient(server)
    server.on('connection', (socket) => {
      socket.on('error', () => {}).once('data', () => socket.end(bytesOf(client.#answer)))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return client
  }

  /** What it makes of an answer behind which the connection is closed; undefined where it refuses it. One at a time. */
  async read(answer: string, { isToHead = false }: ReadOptions = {}): Promise<readonly AnswerEvent[] | undefined> {
    this.#answer = answer
    const { port } = this.#server.address() as AddressInfo // it listens on TCP
    const events: AnswerEvent[] = []
    const request = httpRequest({ port, host: '127.0.0.1', method: isToHead ? 'HEAD' : 'GET', agent: false })
    const closed = new Promise((resolve) => request.on('close', resolve))
    let response: IncomingMessage | undefined
    let body = ''
    request.on('error', () => {})
    request.on('information', ({ statusCode, rawHeaders }) => events.push(['information', statusCode, rawHeaders]))
    request.on('response', (begun: IncomingMessage) => {
      response = begun
      events.push(['head', begun.statusCode ?? 0, begun.rawHeaders])
      begun
        .on('error', () => {})
        .on('data', (piece: Buffer) => {
          body += piece.toString('latin1')
        })
    })
    request.end()
    await closed
    if (response?.complete !== true) return undefined
    if (body !== '') events.push(['body', body])
    events.push(['end', response.rawTrailers])
    return events
  }

  close(): void {
    this.#server.close()
  }
}
