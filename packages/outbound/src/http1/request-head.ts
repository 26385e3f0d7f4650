import type { TargetRequest } from './exchange.ts'
import { fieldValue, parseLength, token } from './field-lines.ts'

/** How the end of a request's body is told; `none`: there is no body and nothing is said of one. */
export type RequestFraming = { readonly kind: 'none' | 'chunked' } | { readonly kind: 'length'; readonly bytes: number }

const none: RequestFraming = { kind: 'none' }
const empty: RequestFraming = { kind: 'length', bytes: 0 }
const chunked: RequestFraming = { kind: 'chunked' }

/** Methods whose requests have a body by their nature: where there is none, that is said (RFC 9110 section 8.6). */
const expectsBody = new Set(['POST', 'PUT', 'PATCH'])
const visible = /^[\x21-\x7e]+$/

/** Says of itself where its body ends. @throws TypeError where the length is none */
export function framingOf({ method, body, headers }: TargetRequest): RequestFraming {
  if (body === null) return expectsBody.has(method) ? empty : none
  if (body instanceof Uint8Array) return { kind: 'length', bytes: body.byteLength }
  const declared = declaredLength(headers)
  return declared === undefined ? chunked : { kind: 'length', bytes: declared }
}

/**
 * The head of a request, one byte a character.
 * @throws TypeError where a part of it could be read as something else than that part: whoever made it did not look
 */
export function requestHead(
  { method, path, headers }: TargetRequest,
  authority: string,
  framing: RequestFraming,
): string {
  if (!token.test(method) || !visible.test(path))
    throw new TypeError('no request line can be made of this method and path')
  let head = `${method} ${path} HTTP/1.1\r\nHost: ${authority}\r\n`
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? ''
    const value = headers[i + 1] ?? ''
    if (isLength(name)) continue
    if (!token.test(name) || !fieldValue.test(value) || isOfConnection(name)) {
      throw new TypeError('no header line can be made of this name and value')
    }
    head += `${name}: ${value}\r\n`
  }
  if (framing.kind === 'length') return `${head}Content-Length: ${framing.bytes}\r\n\r\n`
  return framing.kind === 'chunked' ? `${head}Transfer-Encoding: chunked\r\n\r\n` : `${head}\r\n`
}

function declaredLength(headers: readonly string[]): number | undefined {
  const at = headers.findIndex((name, index) => index % 2 === 0 && isLength(name))
  if (at < 0) return undefined
  const length = parseLength(headers[at + 1] ?? '')
  if (length === undefined) throw new TypeError('the Content-Length is not a number')
  return length
}

function isLength(name: string): boolean {
  return name.length === 14 && name.toLowerCase() === 'content-length'
}

/** Two of them, or one beside a length, are what requests are smuggled by. */
function isOfConnection(name: string): boolean {
  if (name.length === 4) return name.toLowerCase() === 'host'
  return name.length === 17 && name.toLowerCase() === 'transfer-encoding'
}
