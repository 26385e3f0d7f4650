import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { type AnswerEvent, bytesOf, cutAt, readPieces } from './read-answer.ts'

type Fields = readonly (readonly [string, string])[]

const tokenCharacters = [..."!#$%&'*+.^_`|~-09AZaz"]
const name = fc
  .string({ unit: fc.constantFrom(...tokenCharacters), minLength: 1, maxLength: 20 })
  .filter((each) => !/^(content-length|transfer-encoding)$/i.test(each))
const byte = (from: number, to: number) => fc.integer({ min: from, max: to }).map((code) => String.fromCharCode(code))
const visible = fc.oneof(byte(0x21, 0x7e), byte(0x80, 0xff))
const value = fc
  .string({ unit: fc.oneof(visible, fc.constantFrom(' ', '\t')), maxLength: 30 })
  .map((each) => each.replace(/^[ \t]+|[ \t]+$/g, ''))
const fields: fc.Arbitrary<Fields> = fc.array(fc.tuple(name, value), { maxLength: 6 })
const space = fc.string({ unit: fc.constantFrom(' ', '\t'), maxLength: 3 })
const piece = fc.string({ unit: byte(0, 0xff), minLength: 1, maxLength: 40 })

const chunk = fc.record({ data: piece, extension: fc.constantFrom('', ';a', ';a=b', ';a="b c";d', ' ; e') })
const interim = fc.tuple(fc.constantFrom(100, 102, 103, 199), fields)
const body = fc.oneof(
  fc.record({ kind: fc.constant('length' as const), data: fc.oneof(fc.constant(''), piece) }),
  fc.record({ kind: fc.constant('chunked' as const), chunks: fc.array(chunk, { maxLength: 4 }), trailers: fields }),
)
const answer = fc.record({
  interims: fc.array(interim, { maxLength: 3 }),
  status: fc.integer({ min: 200, max: 599 }).filter((status) => status !== 204 && status !== 304),
  fields,
  body,
  space,
  rest: fc.oneof(fc.constant(''), piece),
})
type Answer = typeof answer extends fc.Arbitrary<infer Value> ? Value : never

const linesOf = (all: Fields, around: string) => all.map(([n, v]) => `${n}:${around}${v}${around}\r\n`).join('')

/** As RFC 9112 has it written, and what it says. */
function written(made: Answer): { text: string; events: AnswerEvent[] } {
  const events: AnswerEvent[] = made.interims.map(([status, all]) => ['information', status, all.flat()])
  const before = made.interims.map(([status, all]) => `HTTP/1.1 ${status} \r\n${linesOf(all, made.space)}\r\n`).join('')
  const isChunked = made.body.kind === 'chunked'
  const data = made.body.kind === 'chunked' ? made.body.chunks.map((each) => each.data).join('') : made.body.data
  const framing = isChunked
    ? (['Transfer-Encoding', 'chunked'] as const)
    : (['Content-Length', `${data.length}`] as const)
  const all = [...made.fields, framing]
  events.push(['head', made.status, all.flat()])
  if (data !== '') events.push(['body', data])
  events.push(['end', made.body.kind === 'chunked' ? made.body.trailers.flat() : []])
  return {
    text: `${before}HTTP/1.1 ${made.status} x\r\n${linesOf(all, made.space)}\r\n${bodyOf(made)}${made.rest}`,
    events,
  }
}

function bodyOf({ body: made, space: around }: Answer): string {
  if (made.kind === 'length') return made.data
  const chunks = made.chunks.map(({ data, extension }) => `${data.length.toString(16)}${extension}\r\n${data}\r\n`)
  return `${chunks.join('')}0\r\n${linesOf(made.trailers, around)}\r\n`
}

describe('whatever an answer is', () => {
  it('it says the same however it is cut', () => {
    fc.assert(
      fc.property(answer, fc.array(fc.nat(), { maxLength: 8 }), (made, places) => {
        const { text, events } = written(made)
        const bytes = bytesOf(text)
        const pieces = cutAt(
          bytes,
          places.map((place) => place % (bytes.length + 1)),
        ).filter(({ length }) => length > 0)
        expect(readPieces(pieces)).toEqual({ events, isMore: made.rest !== '' })
      }),
      { numRuns: 500 },
    )
  })

  it('random bytes are refused, or are more of an answer, but never another error', () => {
    const part = fc.oneof(
      piece,
      fc.constantFrom('HTTP/1.1 200 OK\r\n', 'Transfer-Encoding: chunked\r\n', '\r\n', '5\r\n', ':'),
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        try {
          readPieces([bytesOf(parts.join(''))], { closes: true })
        } catch (error) {
          expect(error).toMatchObject({ code: 'MALFORMED_RESPONSE' })
        }
      }),
      { numRuns: 500 },
    )
  })
})
