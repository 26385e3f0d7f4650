const ok = 'HTTP/1.1 200 OK\r\n'

/** Answers as targets give them, one of each kind. */
export const validAnswers: readonly string[] = [
  `${ok}Content-Length: 5\r\nX: a\r\n\r\nhello`,
  `${ok}Content-Length: 0\r\nConnection: close\r\n\r\n`,
  `${ok}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;a=b\r\n world\r\n0\r\n\r\n`,
  `${ok}Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\nA;x;y="z"\r\n0123456789\r\n0\r\nX-Sum: 1\r\nB:\r\n\r\n`,
  `${ok}X: a\r\nServer: x/1.0 (y)\r\n\r\nuntil the end`,
  'HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nuntil the end',
  'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok',
  'HTTP/1.1 204 No Content\r\nDate: today\r\n\r\n',
  'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nContent-Length: 7\r\n\r\n',
  'HTTP/1.1 404 \r\nSet-Cookie: a=b\r\nset-cookie: c=d; Path=/\r\nContent-Length: 1\r\n\r\nx',
  `HTTP/1.1 100 Continue\r\n\r\n${ok}Content-Length: 2\r\n\r\nok`,
  `HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n${ok}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`,
  `${ok}A: gr\xfcn\r\nB: \t b \t\r\nC:\r\nContent-Length: 3\r\n\r\n\0\r\n`,
]

const inserted = [
  '\r',
  '\n',
  '\r\n',
  ' ',
  '\t',
  '\0',
  '\x7f',
  '\x80',
  ':',
  ',',
  ';',
  '0',
  '1',
  '9',
  'a',
  'g',
  '-',
  '+',
  '"',
]
const lines = [
  'Content-Length: 5',
  'Content-Length: 2',
  'content-length:5',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding: identity',
  'Connection: close',
  ' folded',
  'X : y',
]

/** So many answers that are nearly right, always the same ones for a seed. */
export function mutatedAnswers(count: number, seed: number): string[] {
  const random = seededRandom(seed)
  const below = (limit: number) => Math.floor(random() * limit)
  const pick = <Item>(items: readonly Item[]): Item => items[below(items.length)] as Item // the index is within
  const mutations: ((text: string, at: number) => string)[] = [
    (text, at) => text.slice(0, at) + text.slice(at + 1),
    (text, at) => text.slice(0, at) + pick(inserted) + text.slice(at),
    (text, at) => text.slice(0, at) + pick(inserted) + text.slice(at + 1),
    (text, at) => text.slice(0, at),
    (text, at) => text.slice(0, at) + text.slice(at, at + 8) + text.slice(at),
    (text, at) => text.slice(0, at) + text[at]?.toUpperCase() + text.slice(at + 1),
    (text) => withLine(text, pick(lines)),
  ]
  return Array.from({ length: count }, () => {
    let text = pick(validAnswers)
    for (let left = 1 + below(2); left > 0; left--) text = pick(mutations)(text, below(text.length))
    return text
  })
}

/** With a line more at the end of its first head. */
function withLine(text: string, line: string): string {
  return text.replace('\r\n\r\n', `\r\n${line}\r\n\r\n`)
}

/** mulberry32 */
function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
