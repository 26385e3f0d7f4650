import { describe, expect, it } from '@jest/globals'
import { parseResponseHead } from '../../src/http1/response-parser.ts'

const headOf = (...lines: string[]) => parseResponseHead(lines.join('\r\n'), false)
const empty = 'Content-Length: 0'

describe('the length of an answer', () => {
  it.each(['1', '0001', '999999999999999', '1000000000000000', '9007199254740991', '0'.repeat(1_000)])(
    'may be %s',
    (length) => {
      expect(headOf('HTTP/1.1 200 OK', `Content-Length: ${length}`).framing).toBe(Number(length))
    },
  )
})

describe('the version of an answer', () => {
  it.each(['1.0', '1.1'])('is told: %s', (version) => {
    expect(headOf(`HTTP/${version} 200 OK`, empty).version).toBe(version)
  })
})

describe('the connection of an answer', () => {
  it.each([
    ['HTTP/1.1 says nothing', ['HTTP/1.1 200 OK', empty]],
    ['HTTP/1.1 says something else', ['HTTP/1.1 200 OK', empty, 'Connection: x, closed']],
    ['HTTP/1.1 is one without a body', ['HTTP/1.1 204 No Content']],
    ['HTTP/1.1 comes in chunks', ['HTTP/1.1 200 OK', 'Transfer-Encoding: chunked']],
    ['HTTP/1.0 says keep-alive', ['HTTP/1.0 200 OK', empty, 'Connection: Keep-Alive']],
    ['HTTP/1.0 says keep-alive among others', ['HTTP/1.0 200 OK', empty, 'Connection: x', 'connection: y ,keep-alive']],
  ])('is kept where %s', (_what, lines) => {
    expect(headOf(...lines).keepsAlive).toBe(true)
  })

  it.each([
    ['HTTP/1.1 says close', ['HTTP/1.1 200 OK', empty, 'Connection: close']],
    ['HTTP/1.1 says close in capitals', ['HTTP/1.1 200 OK', empty, 'CONNECTION: CLOSE']],
    ['HTTP/1.1 says close among others', ['HTTP/1.1 200 OK', empty, 'Connection: x , close, y']],
    ['HTTP/1.1 says close in another line', ['HTTP/1.1 200 OK', empty, 'Connection: keep-alive', 'Connection: close']],
    ['HTTP/1.1 goes on until the end', ['HTTP/1.1 200 OK', 'Connection: keep-alive']],
    ['HTTP/1.0 says nothing', ['HTTP/1.0 200 OK', empty]],
    ['HTTP/1.0 says something else', ['HTTP/1.0 200 OK', empty, 'Connection: x']],
    ['HTTP/1.0 says both (RFC 9112 section 9.3)', ['HTTP/1.0 200 OK', empty, 'Connection: keep-alive, close']],
    ['HTTP/1.0 goes on until the end', ['HTTP/1.0 200 OK', 'Connection: keep-alive']],
  ])('is not kept where %s', (_what, lines) => {
    expect(headOf(...lines).keepsAlive).toBe(false)
  })

  it.each([
    ['timeout=5', 5_000],
    ['Timeout=5, max=100', 5_000],
    ['max=100,timeout=120', 120_000],
    ['timeout=0', 0],
    ['max=100', undefined],
    ['timeout=', undefined],
    ['timeout=-5', undefined],
    ['timeout=1.5', undefined],
    ['timeout=99999999999', undefined],
    ['xtimeout=5', undefined],
  ])('is kept idle as Keep-Alive: %s says', (hint, milliseconds) => {
    expect(headOf('HTTP/1.1 200 OK', empty, `Keep-Alive: ${hint}`).keepAliveMs).toBe(milliseconds)
  })
})
