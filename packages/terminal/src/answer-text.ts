import { isUtf8 } from 'node:buffer'
import { STATUS_CODES } from 'node:http'
import { paint } from './colour.ts'
import { safeJson, safeText } from './safe-text.ts'

/** An answer over HTTP, read to its end. */
export interface ReadAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: Buffer
}

/** Who answered, why a target was not reached, and what a caller acts on. */
const interesting = [
  'content-type',
  'location',
  'retry-after',
  'www-authenticate',
  'lp-answered-by',
  'lp-presented-certificate',
  'lp-error-from-transport',
  'lp-message-from-transport',
  'x-request-id',
]

/** Status, the headers that matter, and the body. */
export function answerText(answer: ReadAnswer, colour: boolean): string {
  const body = answerBody(answer)
  return body === '' ? answerHead(answer, colour) : `${answerHead(answer, colour)}\n\n${body}`
}

/** Status and the headers that matter, a line each. */
export function answerHead({ status, headers }: Omit<ReadAnswer, 'body'>, colour: boolean): string {
  const title = paint(`${status} ${STATUS_CODES[status] ?? ''}`.trim(), status < 400 ? 32 : 31, colour)
  const lines = interesting.flatMap((name) => {
    const value = headers[name]
    return value === undefined ? [] : [`${paint(`${name}:`, 2, colour)} ${safeText([value].flat().join(', '))}`]
  })
  return [title, ...lines].join('\n')
}

/** Pretty if it is JSON, its size if it is no text. */
export function answerBody(answer: ReadAnswer): string {
  const body = bodyOf(answer)
  return typeof body === 'string' ? safeText(body) : safeJson(JSON.stringify(body, null, 2))
}

/** One object; a JSON body is a value in it, not a string. */
export function answerJson(answer: ReadAnswer): string {
  const { status, headers } = answer
  return safeJson(JSON.stringify({ status, headers, body: bodyOf(answer) }))
}

function bodyOf({ headers, body }: ReadAnswer): unknown {
  if (!isUtf8(body)) return `(${body.length} bytes that are no text)`
  const text = body.toString('utf8')
  return /^application\/(?:[\w.-]+\+)?json\b/.test(String(headers['content-type'])) ? parsedOr(text) : text
}

function parsedOr(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
