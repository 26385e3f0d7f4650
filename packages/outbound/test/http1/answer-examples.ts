import type { AnswerEvent, ReadOptions } from './read-answer.ts'

/** An answer and what is told of it. */
interface Example {
  readonly text: string
  readonly options?: ReadOptions
  readonly events: readonly AnswerEvent[]
}

/** By what tells where they end. */
export const examples: Readonly<Record<string, Example>> = {
  'a length': {
    text: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: a\r\n\r\nhello',
    events: [
      ['head', 200, ['Content-Length', '5', 'X', 'a']],
      ['body', 'hello'],
      ['end', []],
    ],
  },
  'a length with more digits than it needs': {
    text: 'HTTP/1.1 200 OK\r\nContent-Length: 0000000000000000000000002\r\n\r\nok',
    events: [
      ['head', 200, ['Content-Length', '0000000000000000000000002']],
      ['body', 'ok'],
      ['end', []],
    ],
  },
  'a length of zero': {
    text: 'HTTP/1.1 201 Created\r\ncontent-length:0\r\n\r\n',
    events: [
      ['head', 201, ['content-length', '0']],
      ['end', []],
    ],
  },
  'chunks, with extensions and trailers': {
    text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n5;a=b;c="d e"\r\nhello\r\n0a;x\r\n, world\r\n!\r\n000;z\r\nX-Sum: 1\r\nY:\r\n\r\n',
    events: [
      ['head', 200, ['Transfer-Encoding', 'Chunked']],
      ['body', 'hello, world\r\n!'],
      ['end', ['X-Sum', '1', 'Y', '']],
    ],
  },
  'no chunk but the last': {
    text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    events: [
      ['head', 200, ['Transfer-Encoding', 'chunked']],
      ['end', []],
    ],
  },
  'the end of the connection': {
    text: 'HTTP/1.1 200 OK\r\nX: a\r\n\r\nhello\r\n\r\n',
    options: { closes: true },
    events: [
      ['head', 200, ['X', 'a']],
      ['body', 'hello\r\n\r\n'],
      ['end', []],
    ],
  },
  'the end of an HTTP/1.0 connection': {
    text: 'HTTP/1.0 200 OK\r\n\r\nhello',
    options: { closes: true },
    events: [
      ['head', 200, []],
      ['body', 'hello'],
      ['end', []],
    ],
  },
  'being one to a HEAD': {
    text: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n',
    options: { isToHead: true },
    events: [
      ['head', 200, ['Content-Length', '5']],
      ['end', []],
    ],
  },
  'being one to a HEAD, of chunks': {
    text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
    options: { isToHead: true },
    events: [
      ['head', 200, ['Transfer-Encoding', 'chunked']],
      ['end', []],
    ],
  },
  'the status 204': {
    text: 'HTTP/1.1 204 No Content\r\nX: a\r\n\r\n',
    events: [
      ['head', 204, ['X', 'a']],
      ['end', []],
    ],
  },
  'the status 304, whatever it says of a length': {
    text: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n',
    events: [
      ['head', 304, ['Content-Length', '9']],
      ['end', []],
    ],
  },
  'what follows interim answers': {
    text: 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\nLink: </b>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
    events: [
      ['information', 100, []],
      ['information', 103, ['Link', '</a>', 'Link', '</b>']],
      ['head', 200, ['Content-Length', '2']],
      ['body', 'ok'],
      ['end', []],
    ],
  },
}
