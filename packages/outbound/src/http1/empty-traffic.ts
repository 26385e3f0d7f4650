import type { TLSSocket } from 'node:tls'
import type { AccountLoop } from '../connect/event-loop-shares.ts'
import { flightRefusal, type TransportError, targetTooCostly } from '../failures/transport-error.ts'

/** Node's undocumented handle of a TLS connection. */
interface TlsHandle {
  /** The TCP connection below. Both count what has been read of them. */
  readonly _parent?: { readonly bytesRead: number }
}

/** A record may be filled up to its full length, and has a head and a seal. */
const bytesOfRecord = 17 * 1024
/** For session tickets with long chains of certificates in them, and a key update. */
const spareBytes = 128 * 1024
/** What OpenSSL takes for the smallest of records: how large they are, their bytes do not show. */
const msPerByte = 20 / (1024 * 1024)

/**
 * What the target of a connection sends that has nothing in it for us: records of padding alone, and messages of TLS
 * that never end. Nobody is told of these, however long they keep OpenSSL busy: only their bytes on the connection show
 * them. What padding behind content may explain is bounded by how much a connection brings in a turn (`PacedReader`).
 * Content explains what came in the same moment only: whoever has sent much of it may not send as much of nothing
 * later.
 */
export class EmptyTraffic {
  readonly #socket: TLSSocket
  readonly #loop: AccountLoop | undefined
  /** As of the last check; first without its handshake, which is checked elsewhere. */
  #last: { readonly bytes: number; readonly content: number; readonly pieces: number }
  #unexplained = 0

  /** @param loop where accounts share the event loop, who is charged for what ends the connection */
  constructor(socket: TLSSocket, loop: AccountLoop | undefined) {
    this.#socket = socket
    this.#loop = loop
    this.#last = { bytes: bytesBelow(socket), content: socket.bytesRead, pieces: 0 }
  }

  /**
   * @param pieces of content that it has brought so far
   * @returns by what the connection is to end, as it has brought more than that explains
   */
  check(pieces: number): TransportError | undefined {
    const [last, bytes] = [this.#last, bytesBelow(this.#socket)]
    if (bytes <= last.bytes) return undefined
    const content = this.#socket.bytesRead
    const empty = bytes - last.bytes - (content - last.content)
    // A record may have arrived in part: its piece, and what that explains, come with the rest of it.
    this.#unexplained = Math.max(0, this.#unexplained + empty - (pieces - last.pieces) * bytesOfRecord)
    this.#last = { bytes, content, pieces }
    if (this.#unexplained <= spareBytes) return undefined
    const isAllowed = this.#loop?.spend(this.#unexplained * msPerByte, 0) ?? true
    return isAllowed ? flightRefusal('record after record follows it that has nothing in it') : targetTooCostly()
  }
}

function bytesBelow(socket: TLSSocket): number {
  const { _handle: handle } = socket as unknown as { _handle: TlsHandle | null }
  return handle?._parent?.bytesRead ?? 0
}
