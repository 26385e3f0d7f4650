import { type Account, type AccountId, CodedError, type Mapping } from '@mtls-gateway/domain'
import { type SecretValue, StoreError } from '@mtls-gateway/secret-store'
import { parseLines } from './account-lines.ts'
import { isObject, type ListName, toAccount } from './account-outline.ts'
import { type Block, BlockReader, packBlocks, type ReadBlocks, toBlockTexts, unpack } from './record-blocks.ts'
import type { TimeSlices } from './time-slices.ts'

/** Of the layout below. A document of another format was written by a version of the gateway that this one doesn't know. */
const format = 1
const maxPlainBytes = 64 * 1024
/** Vault refuses an entry over 1 MiB; the rest is room for the store's own envelope and for {@link maxShrinkingBytes}. */
const maxStoredBytes = 900 * 1024
/** A full account must still take a deletion, whose audit entry can be longer than what it deletes. */
const maxShrinkingBytes = 980 * 1024

export interface EncodeOptions {
  /** The change takes something away. */
  readonly shrinks?: boolean
  /** What it was read from before the change: what is the same need not be compressed again. */
  readonly before?: AccountBlocks | undefined
}

/** An account as it was read, with what helps to read its next revision. */
export interface ReadAccount {
  readonly account: Account
  /** What it was read from; undefined of a small account. */
  readonly blocks?: AccountBlocks
  /** Against the account that it was read after. */
  readonly changedMappings?: ChangedMappings
}

export type AccountBlocks = Readonly<Record<ListName, readonly Block[]>>

export interface ChangedMappings {
  readonly gone: readonly Mapping[]
  readonly fresh: readonly Mapping[]
}

/**
 * An account as the store keeps it: JSON, or over 64 KiB the records of its lists in blocks.
 * @throws CodedError `ACCOUNT_FULL`
 */
export async function encodeAccount(
  account: Account,
  slices: TimeSlices,
  { shrinks = false, before }: EncodeOptions = {},
): Promise<SecretValue> {
  const texts = await ofEachList((name) => toBlockTexts(account[name], slices))
  const plainBytes = Object.values(texts)
    .flat()
    .reduce((sum, text) => sum + Buffer.byteLength(text), 0)
  if (plainBytes <= maxPlainBytes) return { format, account }

  const blocks = await ofEachList((name) => packBlocks(texts[name], slices, before?.[name]))
  const { certificates, mappings, appKeys, changes, ...rest } = account
  const value = { format, encoding: 'brotli-blocks', account: rest, blocks }
  if (JSON.stringify(value).length > (shrinks ? maxShrinkingBytes : maxStoredBytes)) throw accountFull()
  return value
}

export function accountFull(cause?: unknown): CodedError {
  return new CodedError(
    'ACCOUNT_FULL',
    'This account has as many certificates and mappings as fit. Delete what is no longer used, then try again.',
    { cause },
  )
}

/** @throws StoreError `damaged`, as {@link readAccount} */
export async function decodeAccount(value: SecretValue, accountId: AccountId, slices: TimeSlices): Promise<Account> {
  return (await readAccount(value, accountId, slices)).account
}

/**
 * Parses in slices and decompresses outside of the event loop.
 * @param before an earlier reading of the same account
 * @throws StoreError `damaged`: another format, another account's document, or not what was written
 */
export async function readAccount(
  value: SecretValue,
  accountId: AccountId,
  slices: TimeSlices,
  before?: ReadAccount,
): Promise<ReadAccount> {
  const read = await decode(value, slices, before)
  if (read.account.accountId !== accountId) throw new StoreError('damaged', 'the document is that of another account')
  return read
}

async function decode(value: SecretValue, slices: TimeSlices, before?: ReadAccount): Promise<ReadAccount> {
  if (value.format !== format) throw new StoreError('damaged', 'the format of the account document is unknown')
  const { encoding, account, blocks, lines } = value
  if (encoding === undefined) return { account: toAccount(account) }
  if (encoding === 'brotli-blocks' && isObject(blocks)) return readBlocks(account, blocks, slices, before)
  if (encoding === 'brotli' && typeof lines === 'string') {
    return { account: await parseLines((await unpack(lines)).toString(), slices) }
  }
  throw new StoreError('damaged', 'the encoding of the account document is unknown')
}

async function readBlocks(
  rest: unknown,
  stored: Readonly<Record<string, unknown>>,
  slices: TimeSlices,
  before?: ReadAccount,
): Promise<ReadAccount> {
  const reader = new BlockReader(slices)
  const read = await ofEachList((name) => reader.read(stored[name], before?.blocks?.[name]))
  const { certificates, mappings, appKeys, changes } = read
  const account = toAccount({
    ...(isObject(rest) ? rest : {}),
    certificates: recordsOf(certificates),
    mappings: recordsOf(mappings),
    appKeys: recordsOf(appKeys),
    changes: recordsOf(changes),
  })
  const blocks = {
    certificates: certificates.blocks,
    mappings: mappings.blocks,
    appKeys: appKeys.blocks,
    changes: changes.blocks,
  }
  if (before?.blocks === undefined) return { account, blocks }
  // They are what was written: see `toAccount`.
  const { gone, fresh } = mappings as { gone: readonly Mapping[]; fresh: readonly Mapping[] }
  return { account, blocks, changedMappings: { gone, fresh } }
}

function recordsOf({ blocks }: ReadBlocks): unknown[] {
  return blocks.flatMap(({ records }) => records)
}

/** One list after the other. */
async function ofEachList<T>(work: (name: ListName) => Promise<T>): Promise<Record<ListName, T>> {
  return {
    certificates: await work('certificates'),
    mappings: await work('mappings'),
    appKeys: await work('appKeys'),
    changes: await work('changes'),
  }
}
