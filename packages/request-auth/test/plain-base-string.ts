import { malformed } from '../src/oauth1/malformed.ts'

/**
 * The parameters of a signature base string as RFC 5849 sections 3.4.1.3 and 3.6 describe them, step by step and
 * regardless of speed. The verifier's results are compared with it. Texts have one byte per character.
 */
export function plainParameterString(...encoded: readonly string[]): string {
  return encoded
    .flatMap((text) => text.split('&').filter((piece) => piece !== ''))
    .map((piece) => {
      const [name = '', ...value] = piece.split('=')
      return [plainlyNormalised(name), plainlyNormalised(value.join('='))] as const
    })
    .toSorted(([name, value], [otherName, otherValue]) => {
      return (
        Buffer.compare(Buffer.from(name), Buffer.from(otherName)) ||
        Buffer.compare(Buffer.from(value), Buffer.from(otherValue))
      )
    })
    .map(([name, value]) => `${name.replaceAll('%', '%25')}%3D${value.replaceAll('%', '%25')}`)
    .join('%26')
}

/** @throws CodedError `OAUTH_MALFORMED` */
export function plainlyNormalised(text: string): string {
  return text.replace(/%([0-9A-Fa-f]{2})|[^A-Za-z0-9._~-]/g, (piece: string, hex: string | undefined) => {
    if (hex !== undefined) return encodedByte(Number.parseInt(hex, 16))
    if (piece === '+') return '%20'
    if (piece === '%' || piece.charCodeAt(0) > 255) throw malformed('as the verifier says it')
    return encodedByte(piece.charCodeAt(0))
  })
}

function encodedByte(byte: number): string {
  const character = String.fromCharCode(byte)
  if (/[A-Za-z0-9._~-]/.test(character)) return character
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
}
