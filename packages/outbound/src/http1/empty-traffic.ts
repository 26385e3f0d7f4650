import type { TLSSocket } from 'node:tls'
import type { AccountLoop } from '../connect/event-loop-shares.ts'
import { flightRefusal } from '../failures/transport-error.ts'

/** Node's undocumented handle of a TLS connection. */
interface TlsHandle {
  /** The TCP connection below. Both count what has been read of them. */
  readonly _parent?: { readonly bytesRead: number }
}

interface EmptyTrafficParts {
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
/** What targets that pad do so by at most, nearly all of them. */
const usualPadding = 512
/** For session tickets with long chains of certificates in them, and a key update. */
const spareBytes = 128 * 1024
/** What OpenSSL takes for as much in the smallest of records, of 22 bytes. */
const msPerMiB = 12
const mib = 1024 * 1024
/** How often each connection is checked where there are few. Checking one takes half a microsecond. */
const betweenMs = 100
const checkedAtOnce = 500

/** All that are watched, and the rest of the current round. */
const watched = new Set<EmptyTraffic>()
let round = watched.values()
let timer: NodeJS.Timeout | undefined

/**
 * What a target sends that has nothing in it for us: records of padding alone, and messages of TLS that never end.
 * Nobody is told of these, however long they keep OpenSSL busy: only their bytes on the connection show them.
 *
 * Whether they are full records or many small ones their bytes do not show. So all that is more than usual is charged
 * as if it were small ones, and what no padding explains ends the connection. Content explains what came in the same
 * moment only: whoever has sent much of it may not send as much of nothing later.
 */
export class EmptyTraffic {
  readonly #parts: EmptyTrafficParts
  /** As of the last check; first without its handshake, which is checked elsewhere. */
  #bytes: number
  #content: number
  #pieces = 0
  /** Beyond what padding explains. */
  #unexplained = 0
  /** Beyond what is usual. */
  #unusual = 0

  constructor(parts: EmptyTrafficParts) {
    this.#parts = parts
    this.#content = parts.socket.bytesRead
    this.#bytes = bytesBelow(parts.socket)
  }

  /** Checks it now and then, also while nobody uses it, until it is closed. */
  watch(): void {
    watched.add(this)
    timer ??= setInterval(checkSome, betweenMs).unref()
    this.#parts.socket.once('close', () => {
      watched.delete(this)
      if (watched.size > 0) return
      clearInterval(timer)
      timer = undefined
    })
  }

  check(): void {
    const { socket, pieces } = this.#parts
    const bytes = bytesBelow(socket)
    if (bytes <= this.#bytes) return
    const content = socket.bytesRead
    const empty = bytes - this.#bytes - (content - this.#content)
    const newPieces = pieces() - this.#pieces
    this.#bytes = bytes
    this.#content = content
    this.#pieces += newPieces
    // A record may have arrived in part: its piece, and what that explains, come with the rest of it.
    this.#unexplained = Math.max(0, this.#unexplained + empty - newPieces * bytesOfRecord)
    this.#unusual = Math.max(0, this.#unusual + empty - newPieces * usualPadding)
    if (this.#unusual > spareBytes) this.#charge()
  }

  #charge(): void {
    const { loop, onTooMuch } = this.#parts
    const ms = (this.#unusual / mib) * msPerMiB
    this.#unusual = 0
    const isAllowed = loop?.spend(ms, 0) ?? true
    if (isAllowed && this.#unexplained <= spareBytes) return
    onTooMuch(flightRefusal('record after record follows it that has nothing in it'))
  }
}

function checkSome(): void {
  for (let checked = 0; checked < checkedAtOnce; checked++) {
    const { done, value } = round.next()
    if (done) {
      round = watched.values()
      return
    }
    value.check()
  }
}

function bytesBelow(socket: TLSSocket): number {
  const { _handle: handle } = socket as unknown as { _handle: TlsHandle | null }
  return handle?._parent?.bytesRead ?? 0
}
