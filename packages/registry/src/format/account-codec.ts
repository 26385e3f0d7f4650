import { randomBytes } from 'node:crypto'
import { type Account, type AccountId, CodedError } from '@mtls-gateway/domain'
import type { TimeSlices } from '@mtls-gateway/event-loop'
import { type SecretValue, StoreError } from '@mtls-gateway/secret-store'
import { type Block, blockReader, damaged, isObject, packBlocks, toBlockTexts, toLines } from './blocks.ts'
import { checkFormat, knownAccountFormat, writtenFormat } from './stored-format.ts'

const lists = ['certificates', 'mappings', 'appKeys', 'changes'] as const
type ListName = (typeof lists)[number]
type Records = Readonly<Record<ListName, readonly object[]>>

const maxPlainBytes = 64 * 1024
/** Vault refuses an entry over 1 MiB; the rest is room for the store's envelope and for {@link maxShrinkingBytes}. */
const maxStoredBytes = 900 * 1024
/** A full account must still take a deletion, whose audit entry can be longer than what it deletes. */
const maxShrinkingBytes = 980 * 1024
/**
 * Text that repeats itself is stored in next to nothing, but everybody who reads it takes it in whole: 10,000 mappings
 * with the longest urls. A deletion may leave more, as long as it can be read (`blockReader`).
 */
const maxText = { bytes: 32 * 1024 * 1024, shrinkingBytes: 48 * 1024 * 1024 }

interface EncodeOptions {
  /** The change takes something away. */
  readonly shrinks?: boolean
  /** What it was read from before the change: what is the same need not be compressed again. */
  readonly before?: AccountBlocks | undefined
  /** What a later release has added beside the account. */
  readonly added?: SecretValue | undefined
  /** The epoch of the store in which it is written, if that is known. */
  readonly epoch?: string | undefined
}

/** What a large account was read from. */
export interface AccountBlocks {
  /** Decides where blocks end, so that nobody who chooses the records can; undefined where each list is one block. */
  readonly salt: string | undefined
  /** Those lists that were read. */
  readonly lists: Readonly<Partial<Record<ListName, readonly Block[]>>>
}

export function blocksIn({ lists }: AccountBlocks): readonly Block[] {
  return Object.values(lists).flat()
}

export interface ReadAccount {
  readonly account: Account
  /** Undefined of a small account. */
  readonly blocks?: AccountBlocks
  /** Fields beside the account that only a later release knows; they survive the next write. */
  readonly added: SecretValue
}

interface ReadOptions {
  /** No other lists of a large account are decompressed: they are empty. All unless given. */
  readonly names?: readonly ListName[]
  /** What the same account was read from earlier: what is the same need not be parsed again. */
  readonly before?: AccountBlocks | undefined
}

/**
 * An account as the store keeps it: JSON, or over 64 KiB the records of its lists in blocks. Records that repeat what
 * others far away from them say can take twice as much in blocks: an account that does not fit that way has one block a
 * list from then on.
 * @throws CodedError `ACCOUNT_FULL`
 */
export async function encodeAccount(
  account: Account,
  slices: TimeSlices,
  { shrinks = false, before, epoch, added = {} }: EncodeOptions = {},
): Promise<SecretValue> {
  const lines = await ofEach(lists, (name) => toLines(account[name], slices))
  const plainBytes = lists.flatMap((name) => lines[name]).reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0)
  const beside = { ...added, ...writtenFormat(account), ...(epoch !== undefined && { epoch }) }
  if (plainBytes <= maxPlainBytes) return { ...beside, account }
  if (plainBytes > (shrinks ? maxText.shrinkingBytes : maxText.bytes)) throw accountFull()

  const { certificates, mappings, appKeys, changes, ...rest } = account
  const isWhole = before !== undefined && before.salt === undefined
  for (const salt of isWhole ? [undefined] : [before?.salt ?? randomBytes(16).toString('base64'), undefined]) {
    const blocks = await ofEach(lists, async (name) =>
      packBlocks(await toBlockTexts(lines[name], salt, slices), slices, before?.lists[name]),
    )
    const counts = lists.map((name) => account[name].length)
    const value = { ...beside, encoding: 'brotli-blocks', account: rest, salt, counts, blocks }
    if (JSON.stringify(value).length <= (shrinks ? maxShrinkingBytes : maxStoredBytes)) return value
  }
  throw accountFull()
}

export function accountFull(cause?: unknown): CodedError {
  return new CodedError(
    'ACCOUNT_FULL',
    'This account has as many certificates and mappings as fit. Delete what is no longer used, then try again.',
    { cause },
  )
}

const ownFields = new Set(['format', 'readBy', 'epoch', 'encoding', 'account', 'salt', 'counts', 'blocks'])

/**
 * Parses in slices, and decompresses what is large outside of the event loop.
 * @throws StoreError `damaged`: another account's document, or not what was written
 * @throws CodedError `STORE_NEWER`
 */
export async function readAccount(
  value: SecretValue,
  accountId: AccountId,
  slices: TimeSlices,
  { names = lists, before }: ReadOptions = {},
): Promise<ReadAccount> {
  checkFormat(value, `The account ${accountId}`, knownAccountFormat)
  const { encoding, account } = value
  if (encoding !== undefined && encoding !== 'brotli-blocks') {
    throw new StoreError('damaged', 'the encoding of the account document is unknown')
  }
  const read = encoding === undefined ? { account: toAccount(account) } : await readBlocks(value, slices, names, before)
  if (read.account.accountId !== accountId) throw new StoreError('damaged', 'the document is that of another account')
  return { ...read, added: Object.fromEntries(Object.entries(value).filter(([name]) => !ownFields.has(name))) }
}

async function readBlocks(
  { account: rest, salt, counts, blocks: stored }: SecretValue,
  slices: TimeSlices,
  names: readonly ListName[],
  before?: AccountBlocks,
): Promise<Omit<ReadAccount, 'added'>> {
  if (!isObject(rest) || !isObject(stored) || !Array.isArray(counts)) throw damaged('it has no blocks')
  const read = blockReader(slices)
  const blocks: AccountBlocks['lists'] = await ofEach(names, (name) => read(stored[name], before?.lists[name]))
  const records: Partial<Record<ListName, readonly object[]>> = {}
  for (const [at, name] of lists.entries()) {
    // In 20 us for 10,000 records, where `flatMap` takes 300.
    const all = ([] as object[]).concat(...(blocks[name] ?? []).map((block) => block.records))
    if (names.includes(name) && all.length !== counts[at]) throw damaged('a block of it is missing')
    records[name] = all
  }
  const account = withRecords(rest, records as Records)
  return { account, blocks: { salt: typeof salt === 'string' ? salt : undefined, lists: blocks } }
}

/** A small account. @throws StoreError `damaged` if this is none */
function toAccount(value: unknown): Account {
  if (!isObject(value)) throw damaged('there is no account in it')
  const complete = lists.every((name) => Array.isArray(value[name]) && value[name].every(isObject))
  if (!complete) throw damaged('it lacks a field')
  return withRecords(value, value as Records)
}

/** @throws StoreError `damaged` if this is not the outline of an account: its fields are taken as they were written */
function withRecords(value: Record<string, unknown>, records: Records): Account {
  const { accountId, revision } = value
  if (typeof accountId !== 'string' || !Number.isSafeInteger(revision) || Number(revision) <= 0) {
    throw damaged('it lacks a field')
  }
  // Nobody but this package writes these documents, and the store authenticates them: the outline is enough.
  return { ...value, ...records } as unknown as Account
}

/** One list after the other. */
async function ofEach<N extends ListName, T>(
  names: readonly N[],
  work: (name: N) => Promise<T>,
): Promise<Record<N, T>> {
  const results: Partial<Record<N, T>> = {}
  for (const name of names) results[name] = await work(name)
  return results as Record<N, T>
}
