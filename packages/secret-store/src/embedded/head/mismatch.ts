import type { Mismatch } from '../events/store-event.ts'
import type { StoredHead } from './database-head.ts'
import { type HeadNote, maxLag } from './head-file.ts'

/** The head in the database and the note in the file, each as it was found. */
export interface FoundHead {
  readonly head: StoredHead | 'missing' | 'damaged'
  readonly note: HeadNote | 'missing' | 'damaged'
}

/** Whether no store has begun yet. A first start that was cut short may have left the file. */
export function isWithoutHead({ head, note }: FoundHead): boolean {
  return head === 'missing' && (note === 'missing' || (typeof note === 'object' && note.counter === 0))
}

/** They match if the note is the database's head, or a slightly older one: the file is written after the database. */
export function mismatchOf({ head, note }: FoundHead): Mismatch | undefined {
  if (head === 'missing' && note === 'missing') return 'no-head'
  if (note === 'missing') return 'no-file'
  if (note === 'damaged') return 'damaged-file'
  if (head === 'missing') return 'no-head'
  if (head === 'damaged') return 'damaged-head'
  if (head.lineage !== note.lineage) return 'other-store'
  if (head.counter < note.counter) return 'older-database'
  if (head.counter > note.counter + maxLag) return 'older-file'
  if (head.counter === note.counter && head.digest !== note.digest) return 'other-store'
  return undefined
}

export const mismatchSentences: Readonly<Record<Mismatch, string>> = {
  'no-store': 'secrets.db is missing or empty.',
  rows: 'Secrets in secrets.db were put back, changed or removed, and not by the gateway.',
  'older-database': 'secrets.db is older than secrets.head: an old state was put back.',
  'older-file': 'secrets.head is older than secrets.db: an old file was put back.',
  'other-store': 'secrets.db and secrets.head come from different stores.',
  // Nothing can tell these two apart: whoever may write both files can remove what there was.
  'no-head': 'secrets.db has no head: it is from a version before there were heads, or an old state was put back.',
  'damaged-head': 'The head in secrets.db is damaged.',
  'no-file': 'secrets.head is missing.',
  'damaged-file': 'secrets.head is damaged, or was made with another master key.',
}
