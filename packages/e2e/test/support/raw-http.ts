import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'

export interface RawAnswer {
  readonly status: number
  readonly body: string
}

/** A request with exactly these header lines, even those that client libraries reserve, such as `Connection`. */
export async function rawHttp(
  url: string,
  method: string,
  headers: Readonly<Record<string, string | string[]>>,
  body?: string,
): Promise<RawAnswer> {
  const call = request(url, { method, headers, agent: false })
  call.end(body)
  const [answer] = (await once(call, 'response')) as [IncomingMessage]
  const text = Buffer.concat(await answer.toArray()).toString('utf8')
  return { status: answer.statusCode ?? 0, body: text }
}
