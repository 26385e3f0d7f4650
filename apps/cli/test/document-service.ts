import { text } from 'node:stream/consumers'
import { startServer } from './api-server.ts'
import { type Invocation, mtls } from './invocation.ts'

export interface SentDocument {
  readonly query: Readonly<Record<string, string>>
  readonly ifMatch: string | undefined
  readonly body: Readonly<Record<string, unknown>>
}

export interface DocumentAnswer {
  readonly status?: number
  readonly body: object
}

/** A service that takes documents; it says what they change as a test has it say. */
export async function documentService(answerTo: (sent: SentDocument, count: number) => DocumentAnswer) {
  const sent: SentDocument[] = []
  const { url } = await startServer(async (response, path) => {
    const { searchParams } = new URL(path, 'http://localhost')
    const body = await text(response.req)
    const { 'if-match': ifMatch } = response.req.headers
    const document = { query: Object.fromEntries(searchParams), ifMatch, body: body === '' ? {} : JSON.parse(body) }
    sent.push(document)
    const { status = 200, body: answer } = answerTo(document, sent.length)
    const type = status === 200 ? 'application/json' : 'application/problem+json'
    const problem = status === 200 ? {} : { status, instance: 'r-1', detail: 'A sentence.' }
    response
      .writeHead(status, { 'content-type': type, etag: `"${sent.length}"` })
      .end(JSON.stringify({ ...problem, ...answer }))
  })
  const run = (args: readonly string[], invocation: Invocation = {}) => {
    const environment = { XDG_CONFIG_HOME: '/nowhere', MTLS_TOKEN: 't', ...invocation.environment }
    const connection = ['--account', 'le123', '--config-api', url, '--forwarder-api', url]
    return mtls([...args, ...connection], { ...invocation, environment })
  }
  return { run, sent }
}

/** What there is nothing to do about. */
export const unchanged = { revision: 12, applied: false, changes: [], kept: 3 }
