/** Answers that Node's client and ours do not read alike, on purpose. */
export interface KnownDifference {
  readonly what: string
  readonly example: string
  /** Matches all answers that differ for this reason. */
  readonly pattern: RegExp
}

const ok = 'HTTP/1.1 200 OK\r\n'
const chunked = `${ok}Transfer-Encoding: chunked\r\n\r\n`

/** Node takes them. Another reader, such as a proxy before the target, may see another answer in each. */
export const refusedHere: readonly KnownDifference[] = [
  {
    // Node reads such a body until the end of the connection, or ignores the field; others look for `chunked` in it.
    what: 'a Transfer-Encoding that is not chunked alone (RFC 9112 section 7.4: no other was offered)',
    example: `${ok}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
    pattern: /\r\ntransfer-encoding:(?![ \t]*chunked[ \t]*\r\n)/i,
  },
  {
    what: 'a body that is not in chunks behind a coding with a tab, which Node does not recognise (RFC 9110 section 5.6.3)',
    example: `${ok}Transfer-Encoding: chunked\t\r\n\r\nnot in chunks`,
    pattern: /\r\ntransfer-encoding:[^\r\n]*\t\r\n/i,
  },
  {
    what: 'a repeated Transfer-Encoding, which says that a body was chunked twice (RFC 9112 section 7.1)',
    example: `${ok}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    pattern: /\r\ntransfer-encoding:[\s\S]*\r\ntransfer-encoding:/i,
  },
  {
    what: 'a Transfer-Encoding in HTTP/1.0: its framing is to be taken for faulty (RFC 9112 section 6.1)',
    example: 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    pattern: /(?:^|\r\n\r\n)HTTP\/1\.0[\s\S]*\r\ntransfer-encoding:/i,
  },
  {
    what: 'control characters in a reason phrase or a value (RFC 9112 section 4, RFC 9110 section 5.5)',
    example: 'HTTP/1.1 204 No\0Content\r\n\r\n',
    pattern: /(?:HTTP\/1\.[01] \d{3} |:)[^\r\n]*[^\t\r\n\x20-\x7e\x80-\xff]/,
  },
  {
    what: 'empty lines before a status line: section 2.2 of RFC 9112 lets servers skip them, not clients',
    example: `\r\n${ok}Content-Length: 0\r\n\r\n`,
    pattern: /(?:^|\r\n\r\n)[\r\n]+HTTP/,
  },
  {
    what: 'a switch of protocols that nobody has asked for (RFC 9110 section 7.8)',
    example: 'HTTP/1.1 101 Switching Protocols\r\n\r\n',
    pattern: /(?:^|\r\n\r\n)HTTP\/1\.[01] 101/,
  },
  {
    what: 'a Content-Length that no number holds exactly, even where there is no body',
    example: 'HTTP/1.1 204 No Content\r\nContent-Length: 9007199254740993\r\n\r\n',
    pattern: /\r\ncontent-length:[ \t]*\d{16}/i,
  },
  {
    what: 'a version that is neither 1.0 nor 1.1 (RFC 9112 section 2.3)',
    example: 'HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n',
    pattern: /(?:^|\r\n\r\n)HTTP\/(?!1\.[01] )/,
  },
  {
    what: 'a status below 100 (RFC 9110 section 15)',
    example: 'HTTP/1.1 004 No Content\r\nContent-Length: 0\r\n\r\n',
    pattern: /HTTP\/1\.[01] 0\d\d/,
  },
]

/** Node refuses them, or reads them otherwise, where the RFC leaves no doubt. */
export const takenHere: readonly KnownDifference[] = [
  {
    what: '`close` in an interim answer, after which the final one still comes (RFC 9110 section 15.2)',
    example: `HTTP/1.1 103 Early Hints\r\nConnection: close\r\n\r\n${ok}Content-Length: 2\r\n\r\nok`,
    pattern: /^HTTP\/1\.[01] 1\d\d[\s\S]*\r\nconnection: close[\s\S]*HTTP\/1/i,
  },
  {
    what: 'an interim answer in HTTP/1.0, behind which Node takes the connection for closed',
    example: `HTTP/1.0 103 Early Hints\r\n\r\n${ok}Content-Length: 2\r\n\r\nok`,
    pattern: /(?:^|\r\n\r\n)HTTP\/1\.0 1\d\d/,
  },
  {
    what: 'a tab behind a coding, which is white space around a value like any other (RFC 9110 section 5.6.3)',
    example: `${ok}Transfer-Encoding: chunked\t\r\n\r\n0\r\n\r\n`,
    pattern: /\r\ntransfer-encoding:[^\r\n]*\t\r\n/i,
  },
  {
    what: 'white space before the extension of a chunk (RFC 9112 section 7.1.1)',
    example: `${chunked}2 ;a=b\r\nok\r\n0\r\n\r\n`,
    pattern: /\r\n[\da-f]+[ \t]+;/i,
  },
  {
    what: 'extensions of chunks in which nobody sees a meaning: they are to be ignored (RFC 9112 section 7.1.1)',
    example: `${chunked}2;a=b c\r\nok\r\n0\r\n\r\n`,
    pattern: /\r\n[\da-f]+;(?!\w+(?:=(?:\w+|"\w*"))?(?:;\w+(?:=(?:\w+|"\w*"))?)*\r\n)/i,
  },
  {
    what: 'trailers that would say in a head where the answer ends: they say nothing here, and callers never get them',
    example: `${chunked}0\r\nContent-Length:\r\n\r\n`,
    pattern: /\r\n0+(?:;[^\r\n]*)?\r\n(?:[^\r\n]+\r\n)*(?:content-length|transfer-encoding|connection|upgrade):/i,
  },
]
