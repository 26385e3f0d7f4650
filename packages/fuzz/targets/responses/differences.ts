import { type KnownDifference, refusedHere, takenHere } from '../../../outbound/test/http1/known-differences.ts'
import type { Reading } from './reading.ts'

type Reader = 'Node' | 'h11' | 'Go'

/** What h11 or Go deliberately read differently from us, in addition to what Node does. */
const ofOthers: readonly Pick<KnownDifference, 'what' | 'pattern'>[] = [
  { what: 'a Content-Length of more than 20 digits, which h11 refuses', pattern: /^content-length:[ \t]*\d{21}/im },
]

/**
 * How the readings differ, unless there is a known reason why they may.
 * @param hasLimit ours refuses it for its size
 */
export function unknownDifference(
  reader: Reader,
  text: string,
  ours: Reading | undefined,
  theirs: Reading | undefined,
  hasLimit: boolean,
): string | undefined {
  const difference = differenceOf(reader, ours, theirs)
  if (difference === undefined) return undefined
  // These are less strict than Node, and what we refuse has been compared with Node's reading.
  if (ours === undefined && (reader !== 'Node' || hasLimit)) return undefined
  const known = ours === undefined ? refusedHere : [...takenHere, ...ofOthers]
  if (known.some(({ pattern }) => pattern.test(text))) return undefined
  return `${difference}: ${quoted(theirs)}, we ${quoted(ours)}`
}

function quoted(reading: Reading | undefined): string {
  return JSON.stringify(reading === undefined ? 'refuse it' : JSON.stringify(reading).slice(0, 200))
}

function differenceOf(reader: Reader, ours: Reading | undefined, theirs: Reading | undefined): string | undefined {
  if (ours === undefined) return theirs && `${reader} takes what we refuse`
  if (theirs === undefined) return `${reader} refuses what we take`
  const [own, other] = [ours, theirs].map((reading) => comparable(reader, reading))
  const part = parts.find((name) => JSON.stringify(own?.[name]) !== JSON.stringify(other?.[name]))
  return part && `${reader} reads another ${part}`
}

const parts = ['interim', 'status', 'fields', 'body', 'trailers'] as const

/** h11 writes codings in lower case. Go keeps fields in a map, and those that say how the body is framed elsewhere. */
function comparable(reader: Reader, reading: Reading): Reading {
  if (reader === 'Node') return reading
  const simplified = reader === 'Go' ? withoutOrder : lowerCaseCodings
  const { interim, fields, trailers } = reading
  return {
    ...reading,
    interim: interim.map(([status, each]) => [status, simplified(each)]),
    fields: simplified(fields),
    trailers: simplified(trailers),
  }
}

function lowerCaseCodings(fields: readonly string[]): readonly string[] {
  return fields.map((each, at) => (fields[at - 1]?.toLowerCase() === 'transfer-encoding' ? each.toLowerCase() : each))
}

const aboutFraming = new Set(['transfer-encoding', 'trailer', 'connection'])

function withoutOrder(fields: readonly string[]): readonly string[] {
  const pairs = Array.from({ length: fields.length / 2 }, (_, at) => [
    fields[2 * at]?.toLowerCase() ?? '',
    fields[2 * at + 1],
  ])
  const kept = pairs.filter(([name = '']) => !aboutFraming.has(name))
  // Sorting is stable: values of one name keep their order.
  return kept
    .toSorted(([one = ''], [other = '']) => (one < other ? -1 : one > other ? 1 : 0))
    .map((pair) => pair.join(': '))
}
