import { CodedError } from './errors/coded-error.ts'

/** For what a part of a service that is closed is asked for, and what it was at. */
export function shuttingDown(): CodedError {
  return new CodedError('SHUTTING_DOWN', 'The service is shutting down. Send the request again.')
}
