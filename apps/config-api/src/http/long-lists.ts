import { TimeSlices } from '@mtls-gateway/event-loop'

/** About 20 KiB as JSON, which is less than a slice. */
const itemsAtOnce = 50

/** All long lists take turns, so asking for more does not get a caller more of the event loop. */
const slices = new TimeSlices()

/** Whether a value is a list long enough to be worth the turns. */
export function isLongList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.length > itemsAtOnce
}

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

/** `JSON.stringify(items)`, yielding to others in between. */
export async function writeInTurns(items: readonly unknown[]): Promise<string> {
  const parts: string[] = []
  for await (const part of inTurns(items)) parts.push(JSON.stringify(part).slice(1, -1))
  return `[${parts.join(',')}]`
}

async function* inTurns<Item>(items: readonly Item[]): AsyncGenerator<readonly Item[]> {
  for (let at = 0; at < items.length; at += itemsAtOnce) {
    if (items.length > itemsAtOnce && slices.isOver) await slices.next()
    yield items.slice(at, at + itemsAtOnce)
  }
}
