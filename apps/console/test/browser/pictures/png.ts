import { crc32, deflateSync, inflateSync } from 'node:zlib'

const signature = Buffer.from('89504e470d0a1a0a', 'hex')
const maxColours = 256

/** A screenshot with its 256 most frequent colours: a third of its size, and nobody sees the difference. */
export function withFewColours(png: Buffer): Buffer {
  const { width, height, pixels } = read(png)
  const frequencies = new Map<number, number>()
  for (const pixel of pixels) frequencies.set(pixel, (frequencies.get(pixel) ?? 0) + 1)
  // In one order, whichever comes first in the picture.
  const byFrequency = [...frequencies].sort(([a, m], [b, n]) => n - m || a - b).map(([colour]) => colour)
  const palette = byFrequency.slice(0, maxColours)
  const indexes = new Map(byFrequency.map((colour) => [colour, nearest(palette, colour)]))
  const rows = Buffer.alloc((width + 1) * height)
  for (const [place, pixel] of pixels.entries()) {
    rows[place + Math.floor(place / width) + 1] = indexes.get(pixel) ?? 0
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  // Eight bits, each an index of the palette.
  header.set([8, 3], 8)
  const colours = Buffer.from(palette.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]))
  const data = deflateSync(rows, { level: 9, memLevel: 9 })
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('PLTE', colours),
    chunk('IDAT', data),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

interface Picture {
  readonly width: number
  readonly height: number
  /** Each as 0xrrggbb. */
  readonly pixels: Uint32Array
}

/** What Chromium writes: eight bits of red, green, blue and perhaps opacity, not interlaced. */
function read(png: Buffer): Picture {
  const width = png.readUInt32BE(16)
  const height = png.readUInt32BE(20)
  const bytes = png[25] === 6 ? 4 : 3
  const data = inflateSync(Buffer.concat(dataOf(png)))
  const stride = width * bytes
  const pixels = new Uint32Array(width * height)
  let above = Buffer.alloc(stride)
  for (let y = 0; y < height; y++) {
    const from = y * (stride + 1)
    const row = data.subarray(from + 1, from + 1 + stride)
    unfilter(data[from] ?? 0, row, above, bytes)
    for (let x = 0; x < width; x++) pixels[y * width + x] = row.readUIntBE(x * bytes, 3)
    above = row
  }
  return { width, height, pixels }
}

function dataOf(png: Buffer): readonly Buffer[] {
  const found: Buffer[] = []
  for (let at = signature.length; at < png.length; ) {
    const length = png.readUInt32BE(at)
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') found.push(png.subarray(at + 8, at + 8 + length))
    at += length + 12
  }
  return found
}

/** PNG, 9.2: each byte was written as its distance from neighbours. */
function unfilter(filter: number, row: Buffer, above: Buffer, bytes: number): void {
  for (const [at, byte] of row.entries()) {
    const left = row[at - bytes] ?? 0
    const up = above[at] ?? 0
    const corner = at < bytes ? 0 : (above[at - bytes] ?? 0)
    const guesses = [0, left, up, (left + up) >> 1, paeth(left, up, corner)]
    row[at] = byte + (guesses[filter] ?? 0)
  }
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)]
  return a <= b && a <= c ? left : b <= c ? up : corner
}

function nearest(palette: readonly number[], colour: number): number {
  let best = 0
  let least = Number.POSITIVE_INFINITY
  for (const [index, each] of palette.entries()) {
    const red = (each >> 16) - (colour >> 16)
    const green = ((each >> 8) & 255) - ((colour >> 8) & 255)
    const blue = (each & 255) - (colour & 255)
    const distance = red * red + green * green + blue * blue
    if (distance < least) [best, least] = [index, distance]
  }
  return best
}

function chunk(type: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content])
  const ends = Buffer.alloc(8)
  ends.writeUInt32BE(content.length, 0)
  ends.writeUInt32BE(crc32(body), 4)
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)])
}
