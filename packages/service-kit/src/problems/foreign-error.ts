import { CodedError, isCodedError } from '@mtls-gateway/domain'
import { fastifyFailure } from './fastify-error.ts'
import { isHttpException, nestFailure } from './nest-exception.ts'
import { storeFailure } from './store-error.ts'

/**
 * Any error as one with a code of ours. What was not made for callers becomes `INTERNAL_ERROR` with a sentence of its
 * own: its message may tell of paths, addresses or values.
 */
export function codedErrorOf(error: unknown): CodedError {
  if (isCodedError(error)) return error
  if (typeof error !== 'object' || error === null) return internal(error)
  return storeFailure(error) ?? httpFailure(error) ?? fastifyFailure(error) ?? internal(error)
}

/** Nest wraps what Fastify found into an HttpException, whose cause tells it better than the status. */
function httpFailure(error: object): CodedError | undefined {
  if (!isHttpException(error)) return undefined
  const { cause } = error
  return (typeof cause === 'object' && cause !== null && fastifyFailure(cause)) || nestFailure(error)
}

function internal(cause: unknown): CodedError {
  const sentence = 'Something went wrong in the gateway. Tell its operator the request id.'
  return new CodedError('INTERNAL_ERROR', sentence, { cause })
}
