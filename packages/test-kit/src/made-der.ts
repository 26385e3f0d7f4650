/** An element in DER. */
export function element(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content)
  return Buffer.concat([Buffer.from([tag, ...lengthOf(body.length)]), body])
}

function lengthOf(length: number): readonly number[] {
  if (length < 0x80) return [length]
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
}

export const sequence = (...content: readonly Uint8Array[]): Buffer => element(0x30, ...content)
export const set = (...content: readonly Uint8Array[]): Buffer => element(0x31, ...content)
export const octets = (...content: readonly Uint8Array[]): Buffer => element(0x04, ...content)
export const bits = (...content: readonly Uint8Array[]): Buffer => element(0x03, Buffer.from([0]), ...content)
export const text = (value: string): Buffer => element(0x0c, Buffer.from(value))
export const nothing: Buffer = Buffer.from([0x05, 0x00])

/** A positive one of these bytes. */
export function integer(bytes: Uint8Array): Buffer {
  const isNegative = (bytes[0] ?? 0) >= 0x80
  return element(0x02, Buffer.alloc(isNegative ? 1 : 0), bytes)
}

export function identifier(hex: string): Buffer {
  return element(0x06, Buffer.from(hex, 'hex'))
}
