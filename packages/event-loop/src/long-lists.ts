import { Readable } from 'node:stream'
import { TimeSlices } from '@mtls-gateway/event-loop'

/** Looking through so many takes less than a slice, also where their urls are long. */
const itemsAtOnce = 50
/** Characters of a list as JSON: so many are made in less than a slice, and so many before any of them goes out. */
const charactersAtOnce = 20 * 1_024
const heldCharacters = 8 * 1_024 * 1_024

/** All long lists take turns, so asking for more does not get a caller more of the event loop. */
const slices = new TimeSlices()

/** `items.map(convert)`, yielding to others in between. */
export async function convertInTurns<From, To>(items: readonly From[], convert: (item: From) => To): Promise<To[]> {
  const converted: To[] = []
  for await (const part of inTurns(items)) for (const item of part) converted.push(convert(item))
  return converted
}

/** `items.filter(fits)`, yielding to others in between. */
export async function filterInTurns<Item>(items: readonly Item[], fits: (item: Item) => boolean): Promise<Item[]> {
  const fitting: Item[] = []
  for await (const part of inTurns(items)) for (const item of part) if (fits(item)) fitting.push(item)
  return fitting
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
export async function writeInTurns(
  items: readonly unknown[],
  onWritten: (characters: number) => void,
): Promise<string | Readable> {
  const parts = partsOf(items, onWritten)
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

async function* partsOf(items: readonly unknown[], onWritten: (characters: number) => void): AsyncGenerator<string> {
  let part = '['
  for (const [at, item] of items.entries()) {
    part += `${at === 0 ? '' : ','}${JSON.stringify(item)}`
    if (part.length < charactersAtOnce) continue
    onWritten(part.length)
    yield part
    part = ''
    if (slices.isOver) await slices.next()
  }
  onWritten(part.length + 1)
  yield `${part}]`
}

async function* inTurns<Item>(items: readonly Item[]): AsyncGenerator<readonly Item[]> {
  for (let at = 0; at < items.length; at += itemsAtOnce) {
    if (items.length > itemsAtOnce && slices.isOver) await slices.next()
    yield items.slice(at, at + itemsAtOnce)
  }
}
