import { promisify } from 'node:util'
import { brotliDecompress, brotliDecompressSync } from 'node:zlib'
import type { TimeSlices } from '@mtls-gateway/event-loop'
import { damaged, parseObject } from './account-outline.ts'

/** Some neighbours of a list, stored together: a line of JSON each, brotli, base64. */
export interface Block {
  readonly packed: string
  readonly records: readonly object[]
  /** Characters of the records' lines. */
  readonly length: number
}

export interface ReadBlocks {
  readonly blocks: readonly Block[]
  /** Records of the earlier reading that are not among the present ones. */
  readonly gone: readonly object[]
  /** Records that were not among those of the earlier reading. */
  readonly fresh: readonly object[]
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
 * Reads the blocks of one document. What has not changed since an earlier reading is that of the earlier reading: most
 * changes are of one record out of thousands. All others need not be decompressed and parsed again, and leave no
 * garbage that only a collection of the whole heap takes away.
 */
export class BlockReader {
  readonly #slices: TimeSlices
  #bytesLeft = maxUnpackedBytes

  constructor(slices: TimeSlices) {
    this.#slices = slices
  }

  /**
   * @param before the same list at the earlier reading
   * @throws StoreError `damaged`
   */
  async read(stored: unknown, before: readonly Block[] = []): Promise<ReadBlocks> {
    if (!isTexts(stored)) throw damaged('it has no blocks')
    const present = new Set(stored)
    const known = await this.#byLine(before.filter(({ packed }) => !present.has(packed)))
    const kept = new Map(before.map((block) => [block.packed, block]))
    const blocks: Block[] = []
    const fresh: object[] = []
    for (const packed of stored) blocks.push(kept.get(packed) ?? (await this.#unpack(packed, known, fresh)))
    return { blocks, gone: [...known.values()], fresh }
  }

  /** What was parsed from a line becomes the same line again. */
  async #byLine(blocks: readonly Block[]): Promise<Map<string, object>> {
    const records = new Map<string, object>()
    for (const block of blocks) {
      for (const record of block.records) {
        records.set(JSON.stringify(record), record)
        if (this.#slices.isOver) await this.#slices.next()
      }
    }
    return records
  }

  /** Takes what is known from there, and adds the rest to `fresh`. */
  async #unpack(packed: string, known: Map<string, object>, fresh: object[]): Promise<Block> {
    const text = await this.#decompressed(packed)
    const records: object[] = []
    for (const line of text.split('\n')) {
      let record = known.get(line)
      if (record !== undefined) known.delete(line)
      else {
        record = parseObject(line)
        fresh.push(record)
      }
      records.push(record)
      if (this.#slices.isOver) await this.#slices.next()
    }
    return { packed, records, length: text.length }
  }

  async #decompressed(packed: string): Promise<string> {
    const bytes = await unpack(packed, this.#bytesLeft)
    this.#bytesLeft -= bytes.length
    return bytes.toString()
  }
}

/** @throws StoreError `damaged` if this is not brotli, or more than the given number of bytes of it */
async function unpack(packed: string, maxOutputLength: number): Promise<Buffer> {
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
