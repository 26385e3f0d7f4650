import { Readable } from 'node:stream'
import { describe, expect, it } from '@jest/globals'
import type { TargetRequest } from '../../src/http1/exchange.ts'
import { bodyLength, requestHead } from '../../src/http1/request-writer.ts'

const simple: TargetRequest = { method: 'GET', path: '/', headers: [], body: null }
const headOf = (request: Partial<TargetRequest>): string => {
  const whole = { ...simple, ...request }
  return requestHead(whole, 'target.example:8443', bodyLength(whole))
}
const stream = () => Readable.from([])

describe('the head of a request', () => {
  it('is its line, Host, and the headers in their order and case', () => {
    const headers = ['x-B', 'b', 'X-A', 'a', 'x-b', '', 'Cookie', 'c=d; e="f"']
    expect(headOf({ method: 'DELETE', path: '/a%20b;c?d=%0d&&', headers })).toBe(
      'DELETE /a%20b;c?d=%0d&& HTTP/1.1\r\nHost: target.example:8443\r\nx-B: b\r\nX-A: a\r\nx-b: \r\nCookie: c=d; e="f"\r\n\r\n',
    )
  })

  it('has bytes above ASCII as they are', () => {
    expect(headOf({ headers: ['X', 'gr\xfcn'] })).toContain('X: gr\xfcn\r\n')
  })

  it.each([
    ['nothing for a GET without a body', { method: 'GET' }, ''],
    ['nothing for a DELETE without a body', { method: 'DELETE' }, ''],
    ['a length of zero for a POST without a body', { method: 'POST' }, 'Content-Length: 0\r\n'],
    ['a length of zero for a PUT without a body', { method: 'PUT' }, 'Content-Length: 0\r\n'],
    ['a length of zero for a PATCH without a body', { method: 'PATCH' }, 'Content-Length: 0\r\n'],
    ['the length of bytes', { method: 'POST', body: Buffer.from('gr\u00fcn') }, 'Content-Length: 5\r\n'],
    ['the length of bytes of a GET', { body: new Uint8Array(3) }, 'Content-Length: 3\r\n'],
    ['a length of zero for no bytes', { body: new Uint8Array() }, 'Content-Length: 0\r\n'],
    ['chunks for a stream', { method: 'POST', body: stream() }, 'Transfer-Encoding: chunked\r\n'],
    ['chunks for a stream of a GET', { body: stream() }, 'Transfer-Encoding: chunked\r\n'],
    [
      'the length that is said of a stream',
      { body: stream(), headers: ['content-length', '7'] },
      'Content-Length: 7\r\n',
    ],
  ])('says %s', (_what, request, framing) => {
    const [line, host, ...rest] = headOf(request).split(/(?<=\r\n)/)
    expect([line?.endsWith(' / HTTP/1.1\r\n'), host]).toEqual([true, 'Host: target.example:8443\r\n'])
    expect(rest.join('')).toBe(`${framing}\r\n`)
  })

  it.each([
    ['for what is no body', null, ''],
    ['for other bytes', Buffer.from('abc'), 'Content-Length: 3\r\n'],
  ])('does not repeat a length that was said %s', (_what, body, framing) => {
    const headers = ['A', 'b', 'Content-Length', '99', 'CONTENT-LENGTH', '98', 'C', 'd']
    expect(headOf({ body, headers })).toBe(
      `GET / HTTP/1.1\r\nHost: target.example:8443\r\nA: b\r\nC: d\r\n${framing}\r\n`,
    )
  })

  it('says one length of a stream, where two are said of it', () => {
    const head = headOf({ body: stream(), headers: ['Content-Length', '3', 'content-length', '4'] })
    expect(head.match(/content-length/gi)).toHaveLength(1)
  })

  it.each(['', '-1', '+1', '1.0', '0x1', '1e3', ' 1', '1, 1', '1\r\nX: y', '9999999999999999999999'])(
    'is not made where %j is said to be the length of a stream',
    (length) => {
      expect(() => headOf({ body: stream(), headers: ['Content-Length', length] })).toThrow(TypeError)
    },
  )

  it.each([
    ['CR LF in a value', { headers: ['A', 'b\r\nX: y'] }],
    ['CR in a value', { headers: ['A', 'b\rc'] }],
    ['LF in a value', { headers: ['A', 'b\nc'] }],
    ['NUL in a value', { headers: ['A', 'b\0c'] }],
    ['DEL in a value', { headers: ['A', 'b\x7f'] }],
    ['a value beyond one byte a character', { headers: ['A', 'b\u010d\u010ac'] }],
    ['CR LF in a name', { headers: ['A\r\nB', 'c'] }],
    ['a space in a name', { headers: ['A B', 'c'] }],
    ['a space behind a name', { headers: ['Content-Length ', '5'] }],
    ['a colon in a name', { headers: ['A:', 'c'] }],
    ['NUL in a name', { headers: ['A\0', 'c'] }],
    ['a name above ASCII', { headers: ['\xc4', 'c'] }],
    ['an empty name', { headers: ['', 'c'] }],
    ['Host among the headers', { headers: ['HOST', 'other.example'] }],
    ['Transfer-Encoding among the headers', { headers: ['transfer-Encoding', 'chunked'] }],
    ['a space in the path', { path: '/a b' }],
    ['CR LF in the path', { path: '/ HTTP/1.1\r\nX: y' }],
    ['LF in the path', { path: '/\n' }],
    ['NUL in the path', { path: '/\0' }],
    ['a path above ASCII', { path: '/\xe4' }],
    ['an empty path', { path: '' }],
    ['a space in the method', { method: 'GET /x' }],
    ['CR LF in the method', { method: 'GET\r\n' }],
    ['an empty method', { method: '' }],
  ])('is not made with %s', (_what, request) => {
    expect(() => headOf(request)).toThrow(TypeError)
  })
})
