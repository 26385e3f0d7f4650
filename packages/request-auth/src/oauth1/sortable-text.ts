import { byteOfDigits, firstDigits, isUnreserved, percent, secondDigits } from './percent-encoding.ts'

/**
 * The bytes of a decoded name or value, each as one character whose code sorts like its encoding. RFC 5849 section
 * 3.4.1.3.2 sorts encoded text, where every `%XX` comes before any unencoded character. So a form is decoded once,
 * sorted while it is short, and only then written into the base string, where it may be five times as long.
 */
export type SortableText = string

const bytesInOrder = Uint8Array.from({ length: 256 }, (_, byte) => byte).sort((a, b) => rankOf(a) - rankOf(b))
/** The code of each byte. */
export const codes = new Uint8Array(256)
for (const [code, byte] of bytesInOrder.entries()) codes[byte] = code

/** Reused by most texts. */
const scratch = Buffer.allocUnsafeSlow(256)

/** Codes from here on stand for bytes that are not encoded. */
const firstUnreserved = bytesInOrder.findIndex((byte) => isUnreserved[byte] === 1)

function rankOf(byte: number): number {
  return byte + (isUnreserved[byte] ?? 0) * 256
}

/** The longest encoding of a character: `%25XX`, as it is encoded twice. */
export const maxEncodedBytes = 5

/** For text that is encoded once, such as `normaliseFormText` returns. */
export function sortable(encoded: string): SortableText {
  const into = encoded.length <= scratch.length ? scratch : Buffer.allocUnsafe(encoded.length)
  let length = 0
  for (let at = 0; at < encoded.length; at++) {
    let byte = encoded.charCodeAt(at)
    if (byte === percent) {
      byte = byteOfDigits(encoded.charCodeAt(at + 1), encoded.charCodeAt(at + 2))
      at += 2
    }
    into[length++] = codes[byte] ?? 0
  }
  return into.toString('latin1', 0, length)
}

/** Writes it encoded twice. @returns the position after it */
export function writeEncodedTwice(text: SortableText, into: Uint8Array, from: number): number {
  let to = from
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    const byte = bytesInOrder[code] ?? 0
    if (code >= firstUnreserved) into[to++] = byte
    else {
      into[to] = percent
      into[to + 1] = 0x32
      into[to + 2] = 0x35
      into[to + 3] = firstDigits[byte] ?? 0
      into[to + 4] = secondDigits[byte] ?? 0
      to += maxEncodedBytes
    }
  }
  return to
}
