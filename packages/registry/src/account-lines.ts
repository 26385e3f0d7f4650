import type { Account, Certificate, Mapping } from '@mtls-gateway/domain'
import { StoreError } from '@mtls-gateway/secret-store'
import type { TimeSlices } from './time-slices.ts'

/** The lists of an account, in the order in which their records are written. */
const lists = ['certificates', 'mappings', 'appKeys', 'changes'] as const
type ListName = (typeof lists)[number]
type Records = { -readonly [Name in ListName]: unknown[] }

const lineFeed = 0x0a

/** A header (the rest of the account, and how many records of each list follow), then one record a line. */
export async function toRecordLines(account: Account, slices: TimeSlices): Promise<string[]> {
  const { certificates, mappings, appKeys, changes, ...rest } = account
  const counts = lists.map((name) => account[name].length)
  const lines = [JSON.stringify({ ...rest, counts })]
  for (const records of [certificates, mappings, appKeys, changes]) {
    for (const record of records) {
      lines.push(JSON.stringify(record))
      if (slices.isOver) await slices.next()
    }
  }
  return lines
}

/** An account as it was read, with what helps to read its next revision. */
export interface ReadAccount {
  readonly account: Account
  /** What it was read from; undefined where that was no lines. */
  readonly lines?: Buffer
  /** Against the account that it was read after. */
  readonly changedMappings?: ChangedRecords
}

export interface ChangedRecords {
  readonly gone: readonly Mapping[]
  readonly fresh: readonly Mapping[]
}

/**
 * The reverse of {@link toRecordLines}. Records whose lines have not changed are those of the earlier reading: most changes are of
 * one record out of thousands, and to parse all of them again takes ten times as long as to compare their lines, and leaves garbage
 * that only a collection of the whole heap takes away.
 * @throws StoreError `damaged`
 */
export async function parseAccount(bytes: Buffer, slices: TimeSlices, before?: ReadAccount): Promise<ReadAccount> {
  const lines = new LineReader(bytes)
  lines.advance()
  const { counts, ...rest } = lines.parsed()
  if (!Array.isArray(counts)) throw damaged('the header has no counts')
  const records: Records = { certificates: [], mappings: [], appKeys: [], changes: [] }
  const earlier = before?.lines && new LineReader(before.lines)
  earlier?.advance()
  let changedMappings: ChangedRecords | undefined
  for (const [index, name] of lists.entries()) {
    const known = earlier && new EarlierRecords(earlier, before.account[name])
    const fresh: unknown[] = []
    const list = records[name]
    while (list.length < Number(counts[index])) {
      lines.advance()
      const same = known?.take(lines)
      if (same === undefined) fresh.push(lines.parsed())
      list.push(same ?? fresh.at(-1))
      if (slices.isOver) await slices.next()
    }
    // They are what was written: see `toAccount`.
    if (known && name === 'mappings') changedMappings = { gone: known.rest() as Mapping[], fresh: fresh as Mapping[] }
    else known?.rest()
  }
  if (!lines.atEnd) throw damaged('it has more records than its header says')
  const account = toAccount({ ...rest, ...records })
  return changedMappings ? { account, lines: bytes, changedMappings } : { account, lines: bytes }
}

class LineReader {
  readonly #bytes: Buffer
  #start = 0
  #end = -1

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get atEnd(): boolean {
    return this.#end >= this.#bytes.length
  }

  advance(): void {
    if (this.atEnd) throw damaged('it ends before its last record')
    this.#start = this.#end + 1
    const found = this.#bytes.indexOf(lineFeed, this.#start)
    this.#end = found === -1 ? this.#bytes.length : found
  }

  isAtSameLineAs(other: LineReader): boolean {
    return this.#bytes.compare(other.#bytes, other.#start, other.#end, this.#start, this.#end) === 0
  }

  parsed(): Record<string, unknown> {
    return parseObject(this.#bytes.toString('utf8', this.#start, this.#end))
  }
}

/** The records of one list of an earlier reading, in order. */
class EarlierRecords {
  readonly #lines: LineReader
  readonly #records: readonly unknown[]
  readonly #gone: unknown[] = []
  #at = 0

  /** @param lines before the first line of the list */
  constructor(lines: LineReader, records: readonly unknown[]) {
    this.#lines = lines
    this.#records = records
    if (records.length > 0) lines.advance()
  }

  /** The record of this very line, if it is the next one, or the one behind a record that is gone. */
  take(line: LineReader): unknown {
    if (!this.#isSame(line)) {
      this.#drop()
      if (!this.#isSame(line)) return undefined
    }
    const record = this.#records[this.#at]
    this.#advance()
    return record
  }

  /** Those that were not taken. */
  rest(): readonly unknown[] {
    while (this.#at < this.#records.length) this.#drop()
    return this.#gone
  }

  #isSame(line: LineReader): boolean {
    return this.#at < this.#records.length && this.#lines.isAtSameLineAs(line)
  }

  #drop(): void {
    if (this.#at === this.#records.length) return
    this.#gone.push(this.#records[this.#at])
    this.#advance()
  }

  #advance(): void {
    this.#at += 1
    if (this.#at < this.#records.length) this.#lines.advance()
  }
}

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

/** @throws StoreError `damaged` if this is not the outline of an account: its fields are taken as they were written */
export function toAccount(value: unknown): Account {
  if (!isObject(value)) throw damaged('there is no account in it')
  const { accountId, revision } = value
  const outline =
    typeof accountId === 'string' &&
    Number.isSafeInteger(revision) &&
    Number(revision) > 0 &&
    lists.every((name) => Array.isArray(value[name]) && value[name].every(isObject))
  if (!outline) throw damaged('it lacks a field')
  // Nobody but this package writes these documents, and the store authenticates them: the outline is enough.
  const account = value as unknown as Account
  if (account.certificates.every(hasCurrentSince)) return account
  return { ...account, certificates: account.certificates.map(withCurrentSince) }
}

function hasCurrentSince({ current, currentSince }: Certificate): boolean {
  return current === undefined || currentSince !== undefined
}

/** Of a certificate that was stored before this was kept: the last change of it can't be earlier. */
function withCurrentSince(certificate: Certificate): Certificate {
  return hasCurrentSince(certificate) ? certificate : { ...certificate, currentSince: certificate.revision }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function damaged(what: string): StoreError {
  return new StoreError('damaged', `the account document is damaged: ${what}`)
}
