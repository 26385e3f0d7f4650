import { CodedError } from '@mtls-gateway/domain'

const unavailable = [
  'STORE_UNAVAILABLE',
  'The store of accounts and keys cannot be used now. Try again later.',
  5,
] as const
const refused = [
  'STORE_REFUSED',
  'The store refused to write this. Nothing was changed; the operator finds the reason in the log.',
  undefined,
] as const
const notWritable = [
  'STORE_NOT_WRITABLE',
  'The disk of the store takes no writes. Nothing was changed; the operator finds the cause in the log.',
  undefined,
] as const
const damaged = ['STORE_DAMAGED', 'The stored data is damaged. Ask the operator to restore it.', undefined] as const

/** By the reason of a StoreError. The operator must fix `forbidden`; for the caller it is an outage. */
const answers = {
  unavailable,
  forbidden: unavailable,
  conflict: ['ACCOUNT_BUSY', 'This account is being changed by too many requests at once. Try again.', 1],
  refused,
  'not-writable': notWritable,
  damaged,
  deleted: damaged,
  'too-large': ['ACCOUNT_FULL', 'The account is full. Delete what is no longer used.', undefined],
} as const

/** The caller's view of an error of a secret store, recognised by its shape; undefined for other errors. */
export function storeFailure(error: object): CodedError | undefined {
  if (!('name' in error) || error.name !== 'StoreError' || !('reason' in error)) return undefined
  const { reason } = error
  if (typeof reason !== 'string' || !Object.hasOwn(answers, reason)) return undefined
  const [code, sentence, retryAfterSeconds] = answers[reason as keyof typeof answers]
  return new CodedError(code, sentence, { cause: error, ...(retryAfterSeconds && { retryAfterSeconds }) })
}
