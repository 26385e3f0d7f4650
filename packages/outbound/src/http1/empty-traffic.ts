import type { TLSSocket } from 'node:tls'
import { flightRefusal } from '../handshakes/flight/flight-refusal.ts'
import type { AccountLoop } from '../turns/event-loop-turns.ts'

/** Node's undocumented handle of a TLS connection. */
interface TlsHandle {
  /** The TCP connection below. Both count what has been read of them. */
  readonly _parent?: { readonly bytesRead: number }
}

export interface EmptyTrafficParts {
  readonly socket: TLSSocket
  /** Where accounts share the event loop, who is charged. */
  readonly loop: AccountLoop | undefined
  /** How many pieces of content it has brought so far. */
  readonly pieces: () => number
  /** It has brought too much. */
  readonly onTooMuch: (error: Error) => void
}

/** A record may be filled up to its full length, and has a head and a seal. */
const bytesOfRecord = 17 * 1024
/** For session tickets with long chains of certificates in them, and a key update. */
const spareBytes = 128 * 1024
/** What OpenSSL takes for as much in the smallest of records, of 22 bytes. */
const msPerMiB = 12
const mib = 1024 * 1024

/**
 * What a target sends that has nothing in it for us: records of padding alone, and messages of TLS that never end.
 * Nobody is told of these, however long they keep OpenSSL busy: only their bytes on the connection show them.
 */
export class EmptyTraffic {
  readonly #parts: EmptyTrafficParts
  /** Without its handshake, which is looked at elsewhere. */
  readonly #contentBefore: number
  readonly #bytesBefore: number
  /** Until it has brought more than this there is nothing to look into. */
  #unsuspectedBytes = spareBytes

  constructor(parts: EmptyTrafficParts) {
    this.#parts = parts
    this.#contentBefore = parts.socket.bytesRead
    this.#bytesBefore = bytesBelow(parts.socket)
  }

  /** Cheap: each connection is looked at now and then, also those that nobody uses. */
  look(): void {
    const { socket, loop, pieces, onTooMuch } = this.#parts
    const bytes = bytesBelow(socket) - this.#bytesBefore
    if (bytes <= this.#unsuspectedBytes) return
    const content = socket.bytesRead - this.#contentBefore
    this.#unsuspectedBytes = spareBytes + content + pieces() * bytesOfRecord
    if (bytes <= this.#unsuspectedBytes) return
    loop?.noteWork(((bytes - content) / mib) * msPerMiB)
    onTooMuch(flightRefusal('record after record follows it that has nothing in it'))
  }
}

function bytesBelow(socket: TLSSocket): number {
  const { _handle: handle } = socket as unknown as { _handle: TlsHandle | null }
  return handle?._parent?.bytesRead ?? 0
}
