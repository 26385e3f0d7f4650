import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { StreamedEntry } from '../../src/audit-stream/audit-receiver.ts'

export const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

type Answer = (response: ServerResponse, request: IncomingMessage) => void

export const takes: Answer = (response) => void response.writeHead(204).end()

/** A receiver of Standard Webhooks. It counts as having taken what it answers with a 204. */
export class WebhookServer {
  /** What was taken, in its order. */
  readonly entries: StreamedEntry[] = []
  /** The ids of all messages, in the order of their arrival. */
  readonly messages: string[] = []
  /** How often it was asked. */
  requests = 0
  answer: Answer = takes
  readonly #server: Server

  private constructor() {
    this.#server = createServer(async (request, response) => {
      this.requests += 1
      try {
        const body = await text(request)
        const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signature } = request.headers
        const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
        const expected = createHmac('sha256', key).update(`${id}.${time}.${body}`).digest('base64')
        if (signature !== `v1,${expected}`) throw new Error('the signature is wrong')
        this.messages.push(String(id))
        response.once('finish', () => {
          if (response.statusCode === 204) this.entries.push(...JSON.parse(body).data.entries)
        })
        this.answer(response, request)
      } catch {
        response.destroy()
      }
    })
  }

  static async start(): Promise<WebhookServer> {
    const server = new WebhookServer()
    server.#server.listen(0, '127.0.0.1')
    await once(server.#server, 'listening')
    return server
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/audit`
  }

  /** The revisions of an account's entries, as they came. */
  revisionsOf(account: string): readonly number[] {
    return this.entries.filter((entry) => entry.account === account).map(({ revision }) => revision)
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
