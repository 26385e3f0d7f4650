/** A request head of HTTP/1.1, with the length of its body. */
export function requestHead(
  { method, path, host, bodyBytes, closes }: RequestLine,
  fields: Readonly<Record<string, string>> = {},
): string {
  const more = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
  const length = method === 'POST' ? `Content-Type: application/octet-stream\r\nContent-Length: ${bodyBytes}\r\n` : ''
  return `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\n${more.join('')}${length}${closes ? 'Connection: close\r\n' : ''}\r\n`
}

export interface RequestLine {
  readonly method: string
  readonly path: string
  readonly host: string
  readonly bodyBytes: number
  readonly closes: boolean
}
