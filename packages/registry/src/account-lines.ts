import type { Account, Certificate } from '@mtls-gateway/domain'
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

/**
 * The reverse of {@link toRecordLines}.
 * @throws StoreError `damaged`
 */
export async function parseAccount(bytes: Buffer, slices: TimeSlices): Promise<Account> {
  const lines = new LineReader(bytes)
  const { counts, ...rest } = lines.next()
  if (!Array.isArray(counts)) throw damaged('the header has no counts')
  const records: Records = { certificates: [], mappings: [], appKeys: [], changes: [] }
  for (const [index, name] of lists.entries()) {
    const list = records[name]
    while (list.length < Number(counts[index])) {
      list.push(lines.next())
      if (slices.isOver) await slices.next()
    }
  }
  if (!lines.atEnd) throw damaged('it has more records than its header says')
  return toAccount({ ...rest, ...records })
}

class LineReader {
  readonly #bytes: Buffer
  #from = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get atEnd(): boolean {
    return this.#from > this.#bytes.length
  }

  next(): Record<string, unknown> {
    if (this.atEnd) throw damaged('it ends before its last record')
    const found = this.#bytes.indexOf(lineFeed, this.#from)
    const end = found === -1 ? this.#bytes.length : found
    const line = this.#bytes.toString('utf8', this.#from, end)
    this.#from = end + 1
    return parseObject(line)
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
