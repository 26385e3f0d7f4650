import { describe, expect, it } from '@jest/globals'
import { ResponseParser } from '../../src/http1/response-parser.ts'
import { examples } from './answer-examples.ts'
import { bytesOf, cutAt, readAnswer, readPieces } from './read-answer.ts'

describe.each(Object.entries(examples))('an answer whose end is told by %s', (_end, { text, options, events }) => {
  const bytes = bytesOf(text)

  it('is read whole', () => {
    expect(readPieces([bytes], options)).toEqual({ events, isMore: false })
  })

  it('is the same wherever it is cut, and byte by byte', () => {
    for (let at = 1; at < bytes.length; at++) {
      expect(readPieces(cutAt(bytes, [at]), options)).toEqual({ events, isMore: false })
    }
    expect(
      readPieces(
        [...bytes].map((byte) => Buffer.of(byte)),
        options,
      ),
    ).toEqual({ events, isMore: false })
  })

  it('tells what is left behind its end, wherever it is cut', () => {
    if (options?.closes === true) return // all there is belongs to it
    const longer = bytesOf(`${text}HTTP/1.1 200 OK\r\n`)
    for (let at = 1; at < longer.length; at++) {
      expect(readPieces(cutAt(longer, [at]), options)).toEqual({ events, isMore: true })
    }
  })

  it('is not whole before its last byte', () => {
    if (options?.closes === true) return // any byte may be its last
    for (let end = 0; end < bytes.length; end++) {
      const { events: told } = readPieces([bytes.subarray(0, end)], { ...options, closes: true })
      expect(told.map(([kind]) => kind)).not.toContain('end')
    }
  })
})

describe('a head', () => {
  const fieldsOf = (lines: string) => {
    const [head] = readAnswer(`HTTP/1.1 204 No Content\r\n${lines}\r\n`).events
    return head?.[0] === 'head' ? head[2] : undefined
  }

  it('has its fields in their order and case, repeated ones too', () => {
    expect(fieldsOf('set-cookie: a\r\nVia: x\r\nSet-Cookie: b\r\n')).toEqual([
      'set-cookie',
      'a',
      'Via',
      'x',
      'Set-Cookie',
      'b',
    ])
  })

  it('has values without the white space around them, and with that within', () => {
    expect(fieldsOf('A: \t b \t c\t \r\nB:\r\nC:  \r\nD:e:f\r\n')).toEqual([
      'A',
      'b \t c',
      'B',
      '',
      'C',
      '',
      'D',
      'e:f',
    ])
  })

  it('has bytes above ASCII as they came', () => {
    expect(fieldsOf('A: gr\xfc\xc3\xbcn\r\n')).toEqual(['A', 'gr\xfc\xc3\xbcn'])
  })

  it.each(['HTTP/1.1 299 \r\n\r\n', 'HTTP/1.1 299\r\n\r\n', 'HTTP/1.0 299 gr\xfcn\t!\r\n\r\n'])(
    'may begin with %j',
    (text) => {
      expect(readAnswer(text).events).toEqual([['head', 299, []]])
    },
  )

  it('is taken up to its longest length however it is cut', () => {
    const longest = 'HTTP/1.1 204 No Content\r\nX: '.padEnd(16_384, 'x')
    const bytes = bytesOf(`${longest}\r\n\r\n`)
    for (const cut of [16_383, 16_384, 16_385, 16_386, 16_387]) {
      expect(readPieces(cutAt(bytes, [cut])).events).toHaveLength(2)
    }
  })
})

describe('an answer that costs more than it says', () => {
  const receiver = () => {
    const told = { data: [] as string[], interim: 0 }
    const onData = (piece: Buffer) => void told.data.push(piece.toString())
    return {
      told,
      parser: new ResponseParser({ onInformation: () => void told.interim++, onHead: () => {}, onData }, false),
    }
  }
  const start = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'

  it('in chunks of one byte is handed on in one piece for each read', () => {
    const { told, parser } = receiver()
    parser.read(Buffer.from(start))
    parser.read(Buffer.from('1\r\na\r\n'.repeat(1_000)))
    parser.read(Buffer.from(`1\r\nb\r\n`.repeat(10)))
    parser.read(Buffer.from('0\r\n\r\n'))
    expect(told.data).toEqual(['a'.repeat(1_000), 'b'.repeat(10)])
    expect(parser.isOver).toBe(true)
  })

  it.each([
    ['one chunk', 1],
    ['some chunks', 15],
  ])('keeps no more in memory than it says, with long extensions: %s', (_, count) => {
    const pieces: Buffer[] = []
    const told = { onInformation: () => {}, onHead: () => {}, onData: (piece: Buffer) => void pieces.push(piece) }
    const parser = new ResponseParser(told, false)
    parser.read(Buffer.from(start))
    parser.read(Buffer.concat([Buffer.from(`1;${'x'.repeat(4_000)}\r\na\r\n`.repeat(count))]))
    expect(pieces.map(String)).toEqual(['a'.repeat(count)])
    expect(pieces[0]?.buffer.byteLength).toBeLessThanOrEqual(Buffer.poolSize)
  })

  it('is handed on up to where it is malformed', () => {
    const { told, parser } = receiver()
    parser.read(Buffer.from(start))
    expect(() => parser.read(Buffer.from('1\r\na\r\n1\r\nb\r\nx\r\n'))).toThrow('is not a number')
    expect(told.data).toEqual(['ab'])
  })

  it('has 2,000 headers in all of its interim answers', () => {
    const interim = `HTTP/1.1 103 Early Hints\r\n${'a:\r\n'.repeat(1_000)}\r\n`
    const { told, parser } = receiver()
    for (let n = 0; n < 2; n++) parser.read(Buffer.from(interim))
    expect(told.interim).toBe(2)
    expect(() => parser.read(Buffer.from(interim))).toThrow('too many interim answers')
  })

  it('has 32 interim answers with few headers', () => {
    const interim = `HTTP/1.1 103 Early Hints\r\n${'a:\r\n'.repeat(60)}\r\n`
    const { told, parser } = receiver()
    parser.read(Buffer.from(interim.repeat(32)))
    expect(told.interim).toBe(32)
    expect(() => parser.read(Buffer.from(interim))).toThrow('too many interim answers')
  })

  it.each([
    ['its head', `HTTP/1.1 200 OK\r\n${'a:\r\n'.repeat(1_001)}\r\n`],
    ['its trailers', `${start}0\r\n${'a:\r\n'.repeat(1_001)}\r\n`],
  ])('has no more than 1,000 headers: %s', (_, text) => {
    expect(() => receiver().parser.read(Buffer.from(text))).toThrow('more than 1000 headers')
  })
})
