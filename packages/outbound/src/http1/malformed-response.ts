import { TransportError } from '../failures/transport-error.ts'

/** An answer that another reader could take for another one than we do, or that is none. */
export function malformedResponse(detail: string): TransportError {
  return new TransportError('MALFORMED_RESPONSE', { detail })
}
