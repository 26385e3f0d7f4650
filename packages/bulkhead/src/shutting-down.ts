import { CodedError } from '@mtls-gateway/domain'

/** For what is asked of a part of a service that is closed, and for what it was doing when it was closed. */
export function shuttingDown(): CodedError {
  return new CodedError('SHUTTING_DOWN', 'The service is shutting down. Send the request again.')
}
