import { Readable } from 'node:stream'
import { TimeSlices } from './time-slices.ts'

/** Lists up to this length are gone through at once. */
const few = 50
/** Characters of a list as JSON: so many are made in less than a slice, and so many before any of them goes out. */
const charactersAtOnce = 20 * 1_024
const heldCharacters = 8 * 1_024 * 1_024

/** All long lists take turns, so asking for more does not get a caller more of the event loop. */
const slices = new TimeSlices()

/** `items.map(convert)`, yielding to others in between. */
export async function convertInTurns<From, To>(items: readonly From[], convert: (item: From) => To): Promise<To[]> {
  const converted: To[] = []
  for (const item of items) {
    converted.push(convert(item))
    if (items.length > few && slices.isOver) await slices.next()
  }
  return converted
}

/** `items.filter(fits)`, yielding to others in between. */
export async function filterInTurns<Item>(items: readonly Item[], fits: (item: Item) => boolean): Promise<Item[]> {
  const fitting = await convertInTurns(items, fits)
  return items.filter((_, index) => fitting[index])
}

/** What a generator returns, yielding to others where it yields. */
export async function stepsInTurns<Result>(steps: Generator<undefined, Result>): Promise<Result> {
  let step = steps.next()
  while (!step.done) {
    if (slices.isOver) await slices.next()
    step = steps.next()
  }
  return step.value
}

/**
 * `JSON.stringify(value)` of a list or an object of plain data (no dates), yielding to others: after each entry, after
 * those of each list and object among an object's members, and of each list among theirs. What is very long is made
 * only as fast as it is read: a certificate that a thousand mappings trust is in the answer a thousand times.
 * @param onWritten told of the characters of each part
 */
export async function writeInTurns(
  value: object,
  onWritten: (characters: number) => void = () => {},
): Promise<string | Readable> {
  const parts = partsOf(value, onWritten)
  let beginning = ''
  while (beginning.length < heldCharacters) {
    const { done, value: part } = await parts.next()
    if (done) return beginning
    beginning += part
  }
  return Readable.from(joined(beginning, parts), { objectMode: false })
}

async function* joined(beginning: string, rest: AsyncGenerator<string>): AsyncGenerator<string> {
  yield beginning
  yield* rest
}

async function* partsOf(value: object, onWritten: (characters: number) => void): AsyncGenerator<string> {
  let part = ''
  for (const piece of piecesOf(value, true)) {
    part += piece
    if (part.length < charactersAtOnce) continue
    onWritten(part.length)
    yield part
    part = ''
    if (slices.isOver) await slices.next()
  }
  onWritten(part.length)
  yield part
}

function* piecesOf(value: object, isWhole: boolean): Generator<string> {
  let separator = ''
  if (Array.isArray(value)) {
    yield '['
    for (const item of value) {
      yield separator + JSON.stringify(item)
      separator = ','
    }
    yield ']'
    return
  }
  yield '{'
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue
    yield `${separator}${JSON.stringify(name)}:`
    separator = ','
    const isParted = Array.isArray(member) || (isWhole && typeof member === 'object' && member !== null)
    if (isParted) yield* piecesOf(member, false)
    else yield JSON.stringify(member)
  }
  yield '}'
}
