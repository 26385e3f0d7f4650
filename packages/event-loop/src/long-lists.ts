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
 * `JSON.stringify(items)`, yielding to others in between. What is very long is made only as fast as it is read: a
 * certificate that a thousand mappings trust is in the answer a thousand times.
 * @param onWritten told of the characters of each part
 */
export function writeInTurns(
  items: readonly unknown[],
  onWritten: (characters: number) => void = () => {},
): Promise<string | Readable> {
  return write(partsOf('[', items, (item) => JSON.stringify(item), ']', onWritten))
}

/** `JSON.stringify(Object.fromEntries(members))`, as {@link writeInTurns}. */
export function writeObjectInTurns(members: ReadonlyMap<string, unknown>): Promise<string | Readable> {
  return write(partsOf('{', members, memberText, '}', () => {}))
}

function memberText([key, value]: readonly [string, unknown]): string {
  return `${JSON.stringify(key)}:${JSON.stringify(value)}`
}

/**
 * `JSON.stringify(sections)`, as {@link writeInTurns}: each section is a value, or an object or list that may be long.
 * @param onWritten told of the characters of each part
 */
export function writeSectionsInTurns(
  sections: object,
  onWritten: (characters: number) => void,
): Promise<string | Readable> {
  return write(partsOfSections(sections, onWritten))
}

async function* partsOfSections(sections: object, onWritten: (characters: number) => void): AsyncGenerator<string> {
  let open = '{'
  for (const [name, section] of Object.entries(sections)) {
    if (section === undefined) continue
    const start = `${open}${JSON.stringify(name)}:`
    open = ','
    if (Array.isArray(section)) {
      yield* partsOf(`${start}[`, section, (item) => JSON.stringify(item), ']', onWritten)
    } else if (typeof section === 'object' && section !== null) {
      yield* partsOf(`${start}{`, Object.entries(section), memberText, '}', onWritten)
    } else yield start + JSON.stringify(section)
  }
  yield open === '{' ? '{}' : '}'
}

async function write(parts: AsyncGenerator<string>): Promise<string | Readable> {
  let beginning = ''
  while (beginning.length < heldCharacters) {
    const { done, value } = await parts.next()
    if (done) return beginning
    beginning += value
  }
  return Readable.from(joined(beginning, parts), { objectMode: false })
}

async function* joined(beginning: string, rest: AsyncGenerator<string>): AsyncGenerator<string> {
  yield beginning
  yield* rest
}

async function* partsOf<Item>(
  open: string,
  items: Iterable<Item>,
  textOf: (item: Item) => string,
  close: string,
  onWritten: (characters: number) => void,
): AsyncGenerator<string> {
  let part = open
  let separator = ''
  for (const item of items) {
    part += separator + textOf(item)
    separator = ','
    if (part.length < charactersAtOnce) continue
    onWritten(part.length)
    yield part
    part = ''
    if (slices.isOver) await slices.next()
  }
  onWritten(part.length + 1)
  yield part + close
}
