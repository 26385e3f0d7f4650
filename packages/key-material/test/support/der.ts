/** Just enough DER, and BER with indefinite lengths, to write files that no tool would. */

export function tlv(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([tag]), lengthOf(body.length), body])
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length])
  const hex = length.toString(16)
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex')
  return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes])
}

/** A constructed node of indefinite length, as BER writers leave it. */
export function indefinite(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  return Buffer.concat([Buffer.from([tag | 0x20, 0x80]), ...parts, Buffer.alloc(2)])
}

export const sequence = (...parts: readonly Uint8Array[]) => tlv(0x30, ...parts)
export const set = (...parts: readonly Uint8Array[]) => tlv(0x31, ...parts)
export const octets = (bytes: Uint8Array) => tlv(0x04, bytes)
export const explicit = (number: number, ...parts: readonly Uint8Array[]) => tlv(0xa0 | number, ...parts)
export const nothing = Buffer.from([5, 0])
export const bmpString = (text: string) => tlv(0x1e, Buffer.from(text, 'utf16le').swap16())

export function integer(value: number | bigint): Buffer {
  const hex = BigInt.asUintN(value < 0 ? 64 : 256, BigInt(value)).toString(16)
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex')
  const needsZero = value >= 0 && (bytes.at(0) ?? 0) >= 0x80
  return tlv(0x02, needsZero ? Buffer.concat([Buffer.alloc(1), bytes]) : bytes)
}

export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return tlv(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]))
}

function base128(arc: number): number[] {
  const digits = [arc % 128]
  for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) digits.unshift((left % 128) | 0x80)
  return digits
}

/** The parts of a node's body, for taking a structure apart again; definite lengths only. */
export function members(der: Buffer): Buffer[] {
  const parts: Buffer[] = []
  for (let rest = bodyOf(der); rest.length > 0; ) {
    const end = headerAndBody(rest).end
    parts.push(rest.subarray(0, end))
    rest = rest.subarray(end)
  }
  return parts
}

export function bodyOf(der: Buffer): Buffer {
  const { start, end } = headerAndBody(der)
  return der.subarray(start, end)
}

function headerAndBody(der: Buffer): { start: number; end: number } {
  const first = der.readUInt8(1)
  const count = first < 0x80 ? 0 : first & 0x7f
  const length = count === 0 ? first : der.readUIntBE(2, count)
  return { start: 2 + count, end: 2 + count + length }
}
