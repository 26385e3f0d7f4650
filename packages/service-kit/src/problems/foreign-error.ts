import { CodedError, isCodedError } from '@mtls-gateway/domain'
import { fastifyFailure } from './fastify-error.ts'
import { isHttpException, nestFailure } from './nest-exception.ts'
import { storeFailure } from './store-error.ts'

/**
 * Any error as one with a code of ours. Errors that are not meant for callers become `INTERNAL_ERROR` with a sentence
 * of its own, because their messages may contain paths, addresses or values.
 */
export function codedErrorOf(error: unknown): CodedError {
  if (isCodedError(error)) return error
  if (typeof error !== 'object' || error === null) return internal(error)
  return storeFailure(error) ?? httpFailure(error) ?? fastifyFailure(error) ?? internal(error)
}

/** Nest wraps Fastify's errors into an HttpException, whose cause says more than its status. */
function httpFailure(error: object): CodedError | undefined {
  if (!isHttpException(error)) return undefined
  const { cause } = error
  return (typeof cause === 'object' && cause !== null && fastifyFailure(cause)) || nestFailure(error)
}

function internal(cause: unknown): CodedError {
  const sentence = 'Something went wrong in the gateway. Tell its operator the request id.'
  return new CodedError('INTERNAL_ERROR', sentence, { cause })
}
