import { pick, type Random } from './random.ts'

/** An element of DER, and the elements in it, if that is what it holds. */
interface Element {
  tag: number
  content: Buffer
  inner: Element[] | undefined
}

const maxDepth = 40
const otherTags = [0x02, 0x03, 0x04, 0x05, 0x06, 0x0c, 0x13, 0x17, 0x18, 0x1e, 0x30, 0x31, 0x80, 0xa0, 0xa1]

/**
 * A copy with one element left out, repeated, exchanged or broken, and all lengths around it corrected: readers get
 * further into it than into a file with flipped bits. Input that is not DER comes back as it is.
 */
export function mutateDer(der: Buffer, random: Random): Buffer {
  const root = elementsOf(der, 0)
  if (root === undefined) return der
  const lists = [root, ...listsIn(root)]
  const list = pick(random, lists)
  const at = random(list.length)
  const element = list[at]
  if (element === undefined) return der
  const other = structuredClone(pick(random, lists)[0] ?? element)
  const actions: readonly (() => void)[] = [
    () => list.splice(at, 1),
    () => list.splice(at, 0, element),
    () => list.splice(at, 0, ...Array<Element>(random(40)).fill(element)),
    () => list.splice(at, 1, { ...other, content: Buffer.from(other.content) }),
    () => list.splice(at, 1, { tag: pick(random, otherTags), content: Buffer.alloc(0), inner: [element] }),
    () => list.push(...list.splice(at, 1)),
    () => {
      element.tag = pick(random, otherTags)
    },
    () => {
      element.inner = undefined
      element.content = Buffer.from(Array.from({ length: random(12) }, () => random(256)))
    },
  ]
  pick(random, actions)()
  return Buffer.concat(root.map(encode))
}

function listsIn(elements: readonly Element[]): Element[][] {
  return elements.flatMap(({ inner }) => (inner === undefined ? [] : [inner, ...listsIn(inner)]))
}

/** Undefined unless the bytes are elements from end to end. */
function elementsOf(der: Buffer, depth: number): Element[] | undefined {
  const elements: Element[] = []
  for (let at = 0; at < der.length; ) {
    const [tag = 0, first] = der.subarray(at, at + 2)
    if (first === undefined || first === 0x80 || first > 0x84 || depth > maxDepth) return undefined
    const start = at + 2 + (first < 0x80 ? 0 : first - 0x80)
    if (start > der.length) return undefined
    const length = first < 0x80 ? first : der.readUIntBE(at + 2, first - 0x80)
    const content = der.subarray(start, start + length)
    if (content.length < length) return undefined
    // An octet string may hold elements, too, as in PKCS#12.
    const mayHold = (tag & 0x20) !== 0 || tag === 0x04
    const inner = mayHold && content.length > 0 ? elementsOf(content, depth + 1) : undefined
    elements.push({ tag, content, inner })
    at = start + length
  }
  return elements
}

function encode({ tag, content, inner }: Element): Buffer {
  const bytes = inner === undefined ? content : Buffer.concat(inner.map(encode))
  const { length } = bytes
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), bytes])
  // The shortest form: strict readers take no other.
  const digits = [length >> 16, (length >> 8) & 0xff, length & 0xff]
  const needed = digits.slice(digits.findIndex((digit) => digit > 0))
  return Buffer.concat([Buffer.of(tag, 0x80 + needed.length, ...needed), bytes])
}
