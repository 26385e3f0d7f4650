import { hash } from 'node:crypto'
import { promisify } from 'node:util'
import { brotliCompress, brotliDecompress, brotliDecompressSync, constants } from 'node:zlib'
import type { TimeSlices } from '@mtls-gateway/event-loop'
import { StoreError } from '@mtls-gateway/secret-store'

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** @throws StoreError `damaged` if the line is no JSON object */
function parseObject(line: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    // The parser's own message quotes what it read.
    throw damaged('a record is not JSON')
  }
  if (!isObject(value)) throw damaged('a record is not an object')
  return value
}

export function damaged(what: string, cause?: unknown): StoreError {
  return new StoreError('damaged', `the account document is damaged: ${what}`, { cause })
}

/** Some neighbours of a list, stored together: a line of JSON each, brotli, base64. */
export interface Block {
  readonly packed: string
  readonly records: readonly object[]
  /** Characters of the records' lines. */
  readonly length: number
}

/** Far above what the longest document decompresses to: only a damaged or hostile one gets there. */
const maxUnpackedBytes = 64 * 1024 * 1024
/** Most blocks come in one piece. */
const chunkSize = 64 * 1024
/**
 * An ordinary block, packed and unpacked: it takes 30 us, where handing it to another thread takes 100 of this one. The
 * most that this takes is half a millisecond.
 */
const atOnce = { packedBytes: 16 * 1024, bytes: 128 * 1024 }

const decompress = promisify(brotliDecompress)

/**
 * Reads the blocks of one document, a list at a time. One that has not changed since an earlier reading (`before`) is
 * that of the earlier reading: most changes are of one record out of thousands. Rejects with StoreError `damaged`.
 */
export function blockReader(slices: TimeSlices) {
  let bytesLeft = maxUnpackedBytes
  const readBlock = async (packed: string): Promise<Block> => {
    const bytes = await unpack(packed, bytesLeft)
    bytesLeft -= bytes.length
    const text = bytes.toString()
    const records: object[] = []
    for (const line of text.split('\n')) {
      records.push(parseObject(line))
      if (slices.isOver) await slices.next()
    }
    return { packed, records, length: text.length }
  }
  return async (stored: unknown, before: readonly Block[] = []): Promise<readonly Block[]> => {
    if (!isTexts(stored)) throw damaged('it has no blocks')
    const kept = new Map(before.map((block) => [block.packed, block]))
    const blocks: Block[] = []
    for (const packed of stored) blocks.push(kept.get(packed) ?? (await readBlock(packed)))
    return blocks
  }
}

/** @throws StoreError `damaged` if this is not brotli, or more than the given number of bytes of it */
export async function unpack(packed: string, maxOutputLength = maxUnpackedBytes): Promise<Buffer> {
  const bytes = Buffer.from(packed, 'base64')
  try {
    return unpackAtOnce(bytes, maxOutputLength) ?? (await decompress(bytes, { maxOutputLength, chunkSize }))
  } catch (error) {
    throw damaged('it cannot be decompressed', error)
  }
}

/** Undefined if it is larger than an ordinary block. */
function unpackAtOnce(bytes: Buffer, maxOutputLength: number): Buffer | undefined {
  if (bytes.length > atOnce.packedBytes) return undefined
  try {
    return brotliDecompressSync(bytes, { maxOutputLength: Math.min(maxOutputLength, atOnce.bytes), chunkSize })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return undefined
    throw error
  }
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

/** On an average. More compress better, fewer are read faster after a change. */
const recordsABlock = 128
/** Ten times an ordinary block. */
const maxThoroughBytes = 256 * 1024

const compress = promisify(brotliCompress)

export async function toLines(records: readonly unknown[], slices: TimeSlices): Promise<string[]> {
  const lines: string[] = []
  for (const record of records) {
    lines.push(JSON.stringify(record))
    if (slices.isOver) await slices.next()
  }
  return lines
}

/**
 * The texts of a list's blocks. Where a block ends is decided by its last record alone, so that a change touches the
 * block of what it changes, and not those behind it.
 * @param salt without it, one block
 */
export async function toBlockTexts(
  lines: readonly string[],
  salt: string | undefined,
  slices: TimeSlices,
): Promise<string[]> {
  if (lines.length === 0) return []
  if (salt === undefined) return [lines.join('\n')]
  const texts: string[] = []
  let start = 0
  for (const [at, line] of lines.entries()) {
    if (endsBlock(line, salt) || at === lines.length - 1) {
      texts.push(lines.slice(start, at + 1).join('\n'))
      start = at + 1
    }
    if (slices.isOver) await slices.next()
  }
  return texts
}

function endsBlock(line: string, salt: string): boolean {
  return hash('sha256', salt + line, 'buffer').readUInt16BE() % recordsABlock === 0
}

/**
 * The blocks of these texts. Those of the earlier reading are not compressed again.
 * @param before the same list at the earlier reading
 */
export async function packBlocks(
  texts: readonly string[],
  slices: TimeSlices,
  before: readonly Block[] = [],
): Promise<string[]> {
  const known = new Map<string, string>()
  for (const { packed, records } of before) {
    known.set(records.map((record) => JSON.stringify(record)).join('\n'), packed)
    if (slices.isOver) await slices.next()
  }
  const blocks: string[] = []
  // One after the other: each takes some memory outside of the heap.
  for (const text of texts) blocks.push(known.get(text) ?? (await packBlock(text)))
  return blocks
}

/**
 * The same text always becomes the same block: this is how it is known again. A small block compresses worse than a
 * large one: at quality 10 the blocks of an account still take less than the whole of it does at 9. 13 ms for 25 KB; a
 * block of a whole list would take a second.
 */
export async function packBlock(text: string): Promise<string> {
  const bytes = Buffer.from(text)
  const packed = await compress(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: bytes.length > maxThoroughBytes ? 5 : 10,
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  })
  return packed.toString('base64')
}
