import { pick, type Random } from '../../engine/random.ts'

/** What occurs in answers, and what looks like it. */
export const words: readonly string[] = [
  ...[
    'HTTP/1.1 200 OK\r\n',
    'HTTP/1.0 200 OK\r\n',
    'HTTP/1.1 103 Early Hints\r\n\r\n',
    'HTTP/1.1 100 Continue\r\n\r\n',
  ],
  ...['HTTP/1.1 204 No Content\r\n', 'HTTP/1.1 304 x\r\n', 'HTTP/1.1 101 Switching Protocols\r\n', 'HTTP/2 200\r\n'],
  ...['Content-Length: 5\r\n', 'Content-Length: 0\r\n', 'content-length:2\r\n', 'Content-Length: +5\r\n'],
  ...['Content-Length: 5, 5\r\n', 'Content-Length: 9007199254740993\r\n', 'Content-Length: 0x5\r\n'],
  ...['Transfer-Encoding: chunked\r\n', 'Transfer-Encoding: gzip, chunked\r\n', 'Transfer-Encoding: identity\r\n'],
  ...['Transfer-Encoding : chunked\r\n', 'TRANSFER-ENCODING:chunked\r\n', 'Transfer-Encoding:\tchunked\r\n'],
  ...['Connection: close\r\n', 'Connection: keep-alive, x\r\n', 'Connection: upgrade\r\n', 'Upgrade: h2c\r\n'],
  ...['Keep-Alive: timeout=5\r\n', 'Trailer: X\r\n', ' folded\r\n', 'X: \r\n', 'X : y\r\n', ': y\r\n', 'X\r\n'],
  ...['\r\n\r\n', '\r\n', '\n', '\r', '\n\n', '\0', '\t', ' ', ':', ';', ',', '"', '\x7f', '\x80', '\xff', '\x0b'],
  ...['0\r\n\r\n', '5\r\nhello\r\n', 'A\r\n0123456789\r\n', '5;a=b\r\nhello\r\n', '005\r\nhello\r\n', '0;x\r\n\r\n'],
  ...[
    'FFFFFFFFFFFFF\r\n',
    '10000000000000000\r\n',
    '-1\r\n',
    '0x5\r\nhello\r\n',
    '0\r\nX: y\r\n\r\n',
    '5 \r\nhello\r\n',
  ],
]

const statusLines = words.filter((word) => word.startsWith('HTTP/'))
const fields = words.filter((word) => /^[\w-]+ ?:.*\r\n$/.test(word))
const bodies = [
  ...words.filter((word) => /^[\da-f]+[ ;]?.*\r\n/i.test(word)),
  'hello',
  '',
  'hello HTTP/1.1 200 OK\r\n\r\n',
]

/** An answer whose parts are each well-formed, or nearly, and may or may not fit together. */
export function generateAnswer(random: Random): Buffer {
  const many = (items: readonly string[], most: number) =>
    Array.from({ length: random(most + 1) }, () => pick(random, items)).join('')
  const isChunked = random(2) === 0
  const framing = isChunked ? 'Transfer-Encoding: chunked\r\n' : pick(random, ['Content-Length: 5\r\n', ''])
  const body = isChunked ? `${many(bodies, 4)}0\r\n${pick(random, ['', 'A: b\r\n'])}\r\n` : pick(random, bodies)
  const head = pick(random, statusLines) + many(fields, 2) + framing + many(fields, 2)
  const text = `${many(['HTTP/1.1 103 x\r\nLink: <a>\r\n\r\n', 'HTTP/1.1 100 x\r\n\r\n'], 1)}${head}\r\n${body}`
  return Buffer.from(pick(random, ['G', 'G', 'G', 'H']) + text + many(words, random(8) === 0 ? 2 : 0), 'latin1')
}
