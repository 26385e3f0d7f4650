import { TimeSlices } from '@mtls-gateway/registry'

/** As JSON some 20 KiB: less than a slice. */
const itemsAtOnce = 50

/** All long lists take turns: whoever asks for much gets the event loop no more often for it. */
const slices = new TimeSlices()

/** Whether it is worth the turns. */
export function isLongList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.length > itemsAtOnce
}

/** As `items.map(convert)`, while others get the event loop in between. */
export async function convertInTurns<From, To>(items: readonly From[], convert: (item: From) => To): Promise<To[]> {
  const converted: To[] = []
  for await (const part of inTurns(items)) for (const item of part) converted.push(convert(item))
  return converted
}

/** As `JSON.stringify(items)`, while others get the event loop in between. */
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
