import { type AccountId, CodedError } from '@mtls-gateway/domain'
import { isStoreError } from '@mtls-gateway/secret-store/port'

/** A logger in the manner of pino. */
export interface RegistryLogger {
  warn(details: Readonly<Record<string, unknown>> & { readonly event: string }, message: string): void
}

const retryAfterSeconds = 5

/** What a caller is told when a store could not be read or written; any other error stays as it is. */
export function codedStoreFailure(error: unknown): unknown {
  if (!isStoreError(error) || error.reason === 'conflict') return error
  if (error.reason === 'unavailable' || error.reason === 'forbidden') return storeUnavailable(error)
  if (error.reason === 'refused') {
    return new CodedError(
      'STORE_REFUSED',
      'The store refused to write this. Nothing was changed; the operator finds the reason in the log.',
      { cause: error },
    )
  }
  if (error.reason === 'not-writable') {
    return new CodedError(
      'STORE_NOT_WRITABLE',
      'The disk of the store takes no writes. Nothing was changed; the operator finds the cause in the log.',
      { cause: error },
    )
  }
  return new CodedError(
    'STORE_DAMAGED',
    'What is stored for this account cannot be used. Nothing was changed; ask the operator to restore it.',
    { cause: error },
  )
}

/** What `work` resolves to; it rejects as {@link codedStoreFailure} says. */
export async function coded<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw codedStoreFailure(error)
  }
}

export function storeUnavailable(cause: unknown): CodedError {
  return new CodedError('STORE_UNAVAILABLE', 'The store of accounts and keys cannot be reached. Try again later.', {
    cause,
    retryAfterSeconds,
  })
}

/** After a write whose answer never came: the caller has to look before it repeats it. */
export function outcomeUnknown(cause: unknown): CodedError {
  return new CodedError(
    'STORE_UNAVAILABLE',
    'The store did not answer, so it is not known whether the change was made. Read the account before you repeat it.',
    { cause, retryAfterSeconds, details: { outcome: 'unknown' } },
  )
}

export function accountBusy(cause?: unknown): CodedError {
  return new CodedError('ACCOUNT_BUSY', 'This account is being changed by too many requests at once. Try again.', {
    cause,
    retryAfterSeconds: 1,
  })
}

/** A store that refuses has to be put right by its operator, whom the answer to the caller doesn't reach. */
export function logRefusal(logger: RegistryLogger | undefined, account: AccountId, error: unknown): void {
  if (!isStoreError(error, 'refused') && !isStoreError(error, 'forbidden')) return
  logger?.warn({ event: 'store-refused', err: error, account }, 'the store refused what a change needs')
}
