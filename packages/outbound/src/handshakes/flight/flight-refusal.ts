import { TransportError } from '../../failures/transport-error.ts'

/** A handshake that would take more of the event loop, or of memory, than any handshake needs. */
export function flightRefusal(detail: string): TransportError {
  return new TransportError('TARGET_HANDSHAKE_REFUSED', { detail })
}
