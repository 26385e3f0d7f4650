import { malformed } from './malformed.ts'

const unreservedOnly = /^[A-Za-z0-9._~-]*$/
const escapeOrReserved = /%([0-9A-Fa-f]{2})|[^A-Za-z0-9._~-]/g

const encodedBytes = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte)
  if (unreservedOnly.test(character)) return character
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
})

const isUnreserved = Uint8Array.from(encodedBytes, (encoded) => (encoded.length === 1 ? 1 : 0))

/** The position, from `from` on, of the first character that RFC 5849 section 3.6 does not leave as it is. */
export function endOfUnreserved(text: string, from: number): number {
  let at = from
  while (isUnreserved[text.charCodeAt(at)] === 1) at++
  return at
}

/** Percent-encodes ASCII text as RFC 5849 section 3.6 has it; `encodeURIComponent` leaves five characters too many. */
export function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) => encodedBytes[character.charCodeAt(0)] ?? '')
}

/**
 * Form-encoded text in the encoding of RFC 5849 section 3.6, as if decoded and encoded again: `+` is a space (section
 * 3.4.1.3.1), needless escapes are undone, hex is upper-case. It goes byte by byte, so that escapes that are no UTF-8
 * have one meaning too. `text` holds one byte a character.
 *
 * @throws CodedError `OAUTH_MALFORMED`: a `%` that begins no escape, a character beyond one byte
 */
export function normaliseFormText(text: string): string {
  if (unreservedOnly.test(text)) return text
  return text.replace(escapeOrReserved, (piece: string, hex: string | undefined) => {
    if (hex !== undefined) return encodedBytes[Number.parseInt(hex, 16)] ?? ''
    if (piece === '+') return '%20'
    const encoded = encodedBytes[piece.charCodeAt(0)]
    if (piece === '%' || encoded === undefined) {
      throw malformed('a parameter has a "%" that begins no percent-encoding, or a character that must be encoded')
    }
    return encoded
  })
}
