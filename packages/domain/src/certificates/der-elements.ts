const [octetString, sequence, constructed] = [0x04, 0x30, 0x20]

/**
 * How many elements a text in DER (X.690) has, those in the values of a certificate's extensions among them; undefined
 * where it is not one element, or their lengths contradict each other. What OpenSSL takes for a certificate goes by its
 * elements: a name of one letter takes 145 bytes. In one pass and without recursion, as nothing bounds the depth.
 */
export function countDerElements(der: Uint8Array): number | undefined {
  if (elementEnd(der, 0) !== der.length) return undefined
  let count = 0
  let at = 0
  while (at < der.length) {
    const end = elementEnd(der, at)
    if (end === undefined || end > der.length) return undefined
    const content = end - contentLength(der, at)
    at = holdsElements(der, at, content, end) ? content : end
    count++
  }
  return count
}

function holdsElements(der: Uint8Array, at: number, content: number, end: number): boolean {
  const tag = der[at] ?? 0
  if ((tag & constructed) !== 0) return true
  if (tag !== octetString || der[content] !== sequence) return false
  // What follows the element that a value begins with is nothing to OpenSSL, which takes the element all the same.
  const inner = elementEnd(der, content)
  return inner !== undefined && inner <= end
}

function elementEnd(der: Uint8Array, at: number): number | undefined {
  const first = der[at + 1]
  if (first === undefined || first === 0x80 || first > 0x84) return undefined
  const header = first < 0x80 ? 2 : 2 + first - 0x80
  return at + header + contentLength(der, at)
}

/** The header of an element with a definite length of at most four bytes. */
function contentLength(der: Uint8Array, at: number): number {
  const first = der[at + 1] ?? 0
  if (first < 0x80) return first
  let length = 0
  for (let byte = 0; byte < first - 0x80; byte++) length = length * 256 + (der[at + 2 + byte] ?? 0)
  return length
}
