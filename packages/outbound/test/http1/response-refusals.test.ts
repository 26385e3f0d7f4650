import { describe, expect, it } from '@jest/globals'
import { TransportError } from '../../src/failures/transport-error.ts'
import { bytesOf, readPieces, refusalOf } from './read-answer.ts'

const ok = 'HTTP/1.1 200 OK\r\n'
const chunked = `${ok}Transfer-Encoding: chunked\r\n\r\n`
const length = (value: string) => `${ok}Content-Length: ${value}\r\n\r\n`

const refused: Readonly<Record<string, string>> = {
  'no HTTP': 'hello\r\n\r\n',
  'HTTP/0.9': '<p>hello</p>\r\n\r\n',
  'HTTP/2.0': 'HTTP/2.0 200 OK\r\n\r\n',
  'HTTP/1.2': 'HTTP/1.2 200 OK\r\n\r\n',
  'HTTP/11': 'HTTP/11 200 OK\r\n\r\n',
  'a version in lower case': 'http/1.1 200 OK\r\n\r\n',
  'a status of two digits': 'HTTP/1.1 20 OK\r\n\r\n',
  'a status of four digits': 'HTTP/1.1 2000 OK\r\n\r\n',
  'a status below 100': 'HTTP/1.1 099 OK\r\n\r\n',
  'a status of letters': 'HTTP/1.1 2xx OK\r\n\r\n',
  'a negative status': 'HTTP/1.1 -200 OK\r\n\r\n',
  'no space before the status': 'HTTP/1.1200 OK\r\n\r\n',
  'two spaces before the status': 'HTTP/1.1  200 OK\r\n\r\n',
  'a tab before the status': 'HTTP/1.1\t200 OK\r\n\r\n',
  'no space behind the status': 'HTTP/1.1 200OK\r\n\r\n',
  'a space in front': ' HTTP/1.1 200 OK\r\n\r\n',
  'an empty line in front': '\r\nHTTP/1.1 200 OK\r\n\r\n',
  'NUL in its reason': 'HTTP/1.1 200 O\0K\r\n\r\n',
  'a bare CR in its reason': 'HTTP/1.1 200 O\rK\r\n\r\n',
  'a bare LF behind its status line': 'HTTP/1.1 200 OK\nX: a\r\n\r\n',
  'no head at all': '\r\n\r\n',

  'two Content-Length': `${ok}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`,
  'twice the same Content-Length': `${ok}Content-Length: 1\r\ncontent-length: 1\r\n\r\n`,
  'a list of lengths': length('1, 1'),
  'a Content-Length beside Transfer-Encoding': `${ok}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
  'Transfer-Encoding beside a Content-Length': `${ok}Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n`,
  'two Transfer-Encoding': `${ok}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n`,
  'Transfer-Encoding gzip': `${ok}Transfer-Encoding: gzip\r\n\r\n`,
  'Transfer-Encoding gzip, chunked': `${ok}Transfer-Encoding: gzip, chunked\r\n\r\n`,
  'Transfer-Encoding chunked, chunked': `${ok}Transfer-Encoding: chunked, chunked\r\n\r\n`,
  'Transfer-Encoding chunked, identity': `${ok}Transfer-Encoding: chunked, identity\r\n\r\n`,
  'Transfer-Encoding identity': `${ok}Transfer-Encoding: identity\r\n\r\n`,
  'Transfer-Encoding xchunked': `${ok}Transfer-Encoding: xchunked\r\n\r\n`,
  'an empty Transfer-Encoding': `${ok}Transfer-Encoding:\r\n\r\n`,
  'Transfer-Encoding in HTTP/1.0': 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
  'Transfer-Encoding and a length in an answer without body':
    'HTTP/1.1 204 x\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n',
  'a negative length': length('-1'),
  'a length with plus': length('+1'),
  'a hexadecimal length': length('0x10'),
  'a length with letters': length('10a'),
  'a length with a space within': length('1 0'),
  'a fraction of a length': length('1.0'),
  'a length with an exponent': length('1e3'),
  'an empty length': length(''),
  'a length beyond what can be counted': length('99999999999999999999'),
  'a length in other digits': length('\xb2'),

  'a folded line': `${ok}A: b\r\n c\r\n\r\n`,
  'a line folded by a tab': `${ok}A: b\r\n\tc: d\r\n\r\n`,
  'a folded first line': `${ok} A: b\r\n\r\n`,
  'a space before the colon': `${ok}A : b\r\n\r\n`,
  'a tab before the colon': `${ok}A\t: b\r\n\r\n`,
  'a space in a name': `${ok}A B: c\r\n\r\n`,
  'a length with a space before its colon': `${ok}Content-Length : 1\r\n\r\n`,
  'a name above ASCII': `${ok}\xc4: b\r\n\r\n`,
  'a line without a colon': `${ok}A\r\n\r\n`,
  'a name that is empty': `${ok}: b\r\n\r\n`,
  'a bare CR in a value': `${ok}A: b\rc\r\n\r\n`,
  'a bare LF in a value': `${ok}A: b\nc: d\r\n\r\n`,
  'a bare CR in a name': `${ok}A\r: b\r\n\r\n`,
  'a bare LF in a name': `${ok}A\nB: c\r\n\r\n`,
  'CR CR LF': `${ok}A: b\r\r\n\r\n`,
  'NUL in a name': `${ok}A\0: b\r\n\r\n`,
  'NUL in a value': `${ok}A: b\0c\r\n\r\n`,
  'NUL behind a value': `${ok}A: b\0\r\n\r\n`,
  'DEL in a value': `${ok}A: b\x7f\r\n\r\n`,
  'another protocol': 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n',
  'a faulty interim answer': `HTTP/1.1 103 x\r\nA : b\r\n\r\n${ok}\r\n`,

  'a negative chunk size': `${chunked}-1\r\n`,
  'a chunk size with plus': `${chunked}+1\r\n`,
  'a chunk size with 0x': `${chunked}0x1\r\n`,
  'an empty chunk size': `${chunked}\r\n`,
  'an extension without a chunk size': `${chunked};a=b\r\n`,
  'a chunk size that is no number': `${chunked}g\r\n`,
  'a chunk size with junk behind it': `${chunked}5 a\r\nhello\r\n`,
  'a chunk size with a space in front': `${chunked} 5\r\nhello\r\n`,
  'a chunk size with a space behind it': `${chunked}5 \r\nhello\r\n`,
  'a chunk size with a tab behind it': `${chunked}5\t\r\nhello\r\n`,
  'a chunk size with a comma': `${chunked}5,5\r\nhello\r\n`,
  'a chunk size beyond what can be counted': `${chunked}fffffffffffffffff\r\n`,
  'a chunk size that ends with a bare LF': `${chunked}5\nhello\r\n0\r\n\r\n`,
  'a bare CR in a chunk size': `${chunked}5\r;a\r\n`,
  'a bare CR in a chunk extension': `${chunked}5;a\rb\r\n`,
  'a bare LF in a chunk extension': `${chunked}5;a\nb\r\n`,
  'NUL in a chunk extension': `${chunked}5;a\0\r\n`,
  'a chunk longer than it said': `${chunked}5\r\nhello!\r\n`,
  'a chunk that ends with a bare LF': `${chunked}5\r\nhello\n0\r\n\r\n`,
  'a chunk that ends with two bytes that are not CR LF': `${chunked}5\r\nhelloxx0\r\n\r\n`,
  'a folded trailer': `${chunked}0\r\nA: b\r\n c\r\n\r\n`,
  'a trailer without a colon': `${chunked}0\r\nA\r\n\r\n`,
  'a trailer with a space before its colon': `${chunked}0\r\nA : b\r\n\r\n`,
  'a trailer that ends with a bare LF': `${chunked}0\r\nA: b\n\r\n`,
  'a trailer section that ends with a bare LF': `${chunked}0\r\n\n`,
  'NUL in a trailer': `${chunked}0\r\nA: \0\r\n\r\n`,
}

describe('an answer is refused that has', () => {
  it.each(Object.entries(refused))('%s', (_fault, text) => {
    const bytes = bytesOf(text)
    expect(refusalOf([bytes])).toBe('MALFORMED_RESPONSE')
    expect(refusalOf([...bytes].map((byte) => Buffer.of(byte)))).toBe('MALFORMED_RESPONSE')
  })

  it.each([
    ['bare line feeds at the end of its lines', 'HTTP/1.1 200 OK\nContent-Length: 2\n\nhi'],
    ['one bare line feed', `${ok}A: b\n`],
    ['bare line feeds behind an interim answer', 'HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\n\n'],
    ['the greeting of another protocol', '220 mail.example ESMTP\r\n'],
    ['a frame of HTTP/2', '\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x64'],
    ['a body without a head', '{"ok":true}'],
  ])('%s, without waiting for more', (_fault, text) => {
    const bytes = bytesOf(text)
    expect(refusalOf([bytes])).toBe('MALFORMED_RESPONSE')
    expect(refusalOf([...bytes].map((byte) => Buffer.of(byte)))).toBe('MALFORMED_RESPONSE')
  })

  it.each([
    ...Object.entries(refused),
    ['a bare line feed behind a value that none may have', `${ok}A: \x0f\nB: c\r\n\r\n`],
    ['a bare line feed behind a bad status line', 'HTTP/1.1 2x0 OK\r\nA: b\nC: d\r\n\r\n'],
    ['too much that is no HTTP', 'x'.repeat(17_000)],
    ['too much, with a bare line feed', `${ok}A: ${'x'.repeat(16_000)}\n${'x'.repeat(1_000)}\r\n\r\n`],
    ['too much, and then a bare line feed', `${ok}A: ${'x'.repeat(17_000)}\n\r\n\r\n`],
  ])('%s, in the same words however it is cut', (_fault, text) => {
    const bytes = bytesOf(text)
    const words = detailOf([...bytes].map((byte) => Buffer.of(byte)))
    expect(words).toBeDefined()
    expect(detailOf([bytes])).toBe(words)
  })

  it.each([
    ['a status line without end', ''],
    ['a line without end', `${ok}A: `],
    ['a chunk size without end', chunked],
    ['a chunk extension without end', `${chunked}5;`],
    ['a trailer without end', `${chunked}0\r\nA: `],
  ])('%s, before much of it is held', (_fault, begin) => {
    const piece = Buffer.alloc(1_024, '1')
    expect(refusalOf([bytesOf(begin), ...Array.from({ length: 32 }, () => piece)])).toBe('MALFORMED_RESPONSE')
  })

  it.each([
    ['fields without end', ok, 'A: b\r\n'],
    ['trailers without end', `${chunked}0\r\n`, 'A: b\r\n'],
    ['interim answers without end', '', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
  ])('%s', (_fault, begin, more) => {
    const pieces = Array.from({ length: 4_000 }, () => bytesOf(more))
    expect(refusalOf([bytesOf(begin), ...pieces])).toBe('MALFORMED_RESPONSE')
    expect(refusalOf([bytesOf(begin + more.repeat(4_000))])).toBe('MALFORMED_RESPONSE')
  })
})

function detailOf(pieces: readonly Buffer[]): string | undefined {
  try {
    readPieces(pieces)
    return undefined
  } catch (error) {
    return error instanceof TransportError ? error.detail : undefined
  }
}
