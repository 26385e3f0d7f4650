import { promisify } from 'node:util'
import { brotliCompress, brotliDecompress, constants } from 'node:zlib'
import { type Account, type AccountId, CodedError } from '@mtls-gateway/domain'
import { isStoreError, type SecretValue, StoreError } from '@mtls-gateway/secret-store'
import { parseAccount, type ReadAccount, toAccount, toRecordLines } from './account-lines.ts'
import type { TimeSlices } from './time-slices.ts'

/** Of the layout below. A document of another format was written by a version of the gateway that this one doesn't know. */
const format = 1
const maxPlainBytes = 64 * 1024
/** Vault refuses an entry over 1 MiB; the rest is room for the store's own envelope and for {@link maxShrinkingBytes}. */
const maxStoredBytes = 900 * 1024
/** A full account must still take a deletion, whose audit entry can be longer than what it deletes. */
const maxShrinkingBytes = 980 * 1024
/** Far above what 900 KiB of accounts decompress to: only a damaged or hostile document gets there. */
const maxDecodedBytes = 64 * 1024 * 1024

/** By default each 16 KiB of output are a turn of their own. */
const decodedChunkBytes = 256 * 1024

const compress = promisify(brotliCompress)
const decompress = promisify(brotliDecompress)

export interface EncodeOptions {
  /** The change takes something away. */
  readonly shrinks?: boolean
}

/**
 * An account as the store keeps it: JSON, or over 64 KiB brotli of one record a line, base64.
 * @throws CodedError `ACCOUNT_FULL`
 */
export async function encodeAccount(
  account: Account,
  slices: TimeSlices,
  { shrinks = false }: EncodeOptions = {},
): Promise<SecretValue> {
  const lines = await toRecordLines(account, slices)
  const plain = Buffer.from(lines.join('\n'))
  if (plain.length <= maxPlainBytes) return { format, account }

  const packed = await compress(plain, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 5,
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_SIZE_HINT]: plain.length,
    },
  })
  const value = { format, encoding: 'brotli', lines: packed.toString('base64') }
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
  if (value.encoding === undefined) return { account: toAccount(value.account) }
  if (value.encoding !== 'brotli' || typeof value.lines !== 'string') {
    throw new StoreError('damaged', 'the encoding of the account document is unknown')
  }
  try {
    const lines = await decompress(Buffer.from(value.lines, 'base64'), {
      maxOutputLength: maxDecodedBytes,
      // With room for what a change adds, the next reading comes in one piece.
      chunkSize: before?.lines ? before.lines.length + maxPlainBytes : decodedChunkBytes,
    })
    return await parseAccount(lines, slices, before)
  } catch (error) {
    if (isStoreError(error)) throw error
    throw new StoreError('damaged', 'the account document cannot be decompressed', { cause: error })
  }
}
