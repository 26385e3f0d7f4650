import { malformed } from './malformed.ts'

const unreservedOnly = /^[A-Za-z0-9._~-]*$/
export const [blank, percent, plus] = [0x20, 0x25, 0x2b]

/** For each byte: 1 if RFC 5849 section 3.6 leaves it unencoded. */
export const isUnreserved = Uint8Array.from({ length: 256 }, (_, byte) =>
  unreservedOnly.test(String.fromCharCode(byte)) ? 1 : 0,
)

const digits = Buffer.from('0123456789ABCDEF')
/** The characters of the first and second hexadecimal digit of each byte. */
export const firstDigits = Uint8Array.from({ length: 256 }, (_, byte) => digits[byte >> 4] ?? 0)
export const secondDigits = Uint8Array.from({ length: 256 }, (_, byte) => digits[byte & 15] ?? 0)

const noDigit = 255
const digitValues = new Uint8Array(256).fill(noDigit)
for (const [value, digit] of digits.entries()) {
  digitValues[digit] = value
  digitValues[String.fromCharCode(digit).toLowerCase().charCodeAt(0)] = value
}

/** The position, from `from` on, of the first character that RFC 5849 section 3.6 encodes. */
export function endOfUnreserved(text: string, from: number): number {
  let at = from
  while (isUnreserved[text.charCodeAt(at)] === 1) at++
  return at
}

/** Percent-encodes ASCII text by RFC 5849 section 3.6. `encodeURIComponent` leaves five characters unencoded. */
export function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) => {
    return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
  })
}

/** The byte that two hexadecimal digits stand for. @throws CodedError `OAUTH_MALFORMED`: they are none */
export function byteOfDigits(first: number, second: number): number {
  const high = digitValues[first] ?? noDigit
  const low = digitValues[second] ?? noDigit
  if (high === noDigit || low === noDigit) throw notEncoded()
  return (high << 4) | low
}

/** For most texts: to make a buffer for each would cost more than to encode it. */
const scratch = Buffer.allocUnsafeSlow(1_024)

/**
 * Form-encoded text in the encoding of RFC 5849 section 3.6, as if decoded and encoded again: `+` is a space (section
 * 3.4.1.3.1), needless escapes are undone, hex is upper-case. It goes byte by byte, so that escapes that are no UTF-8
 * have one meaning too. `text` holds one byte a character.
 *
 * @throws CodedError `OAUTH_MALFORMED`: a `%` that begins no escape, a character beyond one byte
 */
export function normaliseFormText(text: string): string {
  if (unreservedOnly.test(text)) return text
  const encoded = text.length * 3 <= scratch.length ? scratch : Buffer.allocUnsafe(text.length * 3)
  let to = 0
  for (let at = 0; at < text.length; at++) {
    let byte = text.charCodeAt(at)
    if (byte === percent) {
      byte = byteOfDigits(text.charCodeAt(at + 1), text.charCodeAt(at + 2))
      at += 2
    } else if (byte === plus) byte = blank
    else if (byte > 255) throw notEncoded()
    if (isUnreserved[byte] === 1) encoded[to++] = byte
    else {
      encoded[to++] = percent
      encoded[to++] = firstDigits[byte] ?? 0
      encoded[to++] = secondDigits[byte] ?? 0
    }
  }
  return encoded.toString('latin1', 0, to)
}

function notEncoded(): Error {
  return malformed('a parameter has a "%" that begins no percent-encoding, or a character that must be encoded')
}
