import { hash } from 'node:crypto'
import { promisify } from 'node:util'
import { brotliCompress, constants } from 'node:zlib'
import type { TimeSlices } from '@mtls-gateway/event-loop'
import type { Block } from './block-reader.ts'

/** On an average. More compress better, fewer are read faster after a change. */
const recordsABlock = 128
/** Ten times an ordinary block. */
const maxThoroughBytes = 256 * 1024

const compress = promisify(brotliCompress)

/** A line a record. */
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
