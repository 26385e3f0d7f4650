import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'

export interface HttpAnswer {
  readonly status: number
  readonly body: string
  /** How far the server's clock is ahead of this one, in milliseconds, as far as its Date header tells (by seconds). */
  readonly clockAheadMs: number | undefined
}

interface AskOptions {
  readonly ca?: string | undefined
  /** For this process's own service, whose certificate is for another name. */
  readonly isOwn?: boolean
}

const timeoutMs = 3_000
const mostBytes = 16 * 1_048_576

/** One GET. @throws the error of the connection */
export function ask(url: string, { ca, isOwn = false }: AskOptions = {}): Promise<HttpAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>()
  const start = Date.now()
  const signal = AbortSignal.timeout(timeoutMs)
  const request = url.startsWith('https:') ? requestHttps : requestHttp
  const sent = request(url, { signal, ca, rejectUnauthorized: !isOwn, agent: false }, async (answer) => {
    try {
      const chunks: Buffer[] = []
      let bytes = 0
      for await (const chunk of answer) {
        bytes += chunk.length
        if (bytes > mostBytes) throw new Error('the answer is too long')
        chunks.push(chunk)
      }
      const date = Date.parse(answer.headers.date ?? '')
      const clockAheadMs = Number.isNaN(date) ? undefined : aheadBy(date, start, Date.now())
      resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString(), clockAheadMs })
    } catch (error) {
      reject(error)
    }
  })
  sent.on('error', reject)
  sent.end()
  return promise
}

/** Undefined for whatever is no JSON object: whoever answers may be anybody. */
export function jsonObjectIn({ body }: Pick<HttpAnswer, 'body'>): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}

/** The header leaves out up to a second, and the answer was made at some time in between. */
function aheadBy(date: number, start: number, end: number): number {
  if (date > end) return date - end
  return date + 1_000 < start ? date + 1_000 - start : 0
}
