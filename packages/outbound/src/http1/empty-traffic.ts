import type { TLSSocket } from 'node:tls'
import type { AccountLoop } from '../connect/event-loop-shares.ts'
import { flightRefusal, targetTooCostly } from '../failures/transport-error.ts'

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
/** How often each connection is checked where there are few. Checking one takes half a microsecond. */
const betweenMs = 100
const checkedAtOnce = 500

/** The checks of all connections, and the rest of the current round. */
const checks = new Set<() => void>()
let round = checks.values()
let timer: NodeJS.Timeout | undefined

/**
 * Looks now and then, until a connection is closed, for what its target sends that has nothing in it for us: records of
 * padding alone, and messages of TLS that never end. Nobody is told of these, however long they keep OpenSSL busy: only
 * their bytes on the connection show them. What padding behind content may explain is bounded by how much a connection
 * brings in a turn (`PacedReader`). Content explains what came in the same moment only: whoever has sent much of it may
 * not send as much of nothing later.
 * @param loop where accounts share the event loop, who is charged for what ends the connection
 * @param countPieces how many pieces of content it has brought so far
 * @param onTooMuch told once it has brought more than that explains
 * @returns looks at once
 */
export function watchEmptyTraffic(
  socket: TLSSocket,
  loop: AccountLoop | undefined,
  countPieces: () => number,
  onTooMuch: (error: Error) => void,
): () => void {
  // As of the last look; first without its handshake, which is checked elsewhere.
  let last = { bytes: bytesBelow(socket), content: socket.bytesRead, pieces: 0 }
  let unexplained = 0
  const check = () => {
    const bytes = bytesBelow(socket)
    if (bytes <= last.bytes) return
    const now = { bytes, content: socket.bytesRead, pieces: countPieces() }
    const empty = now.bytes - last.bytes - (now.content - last.content)
    // A record may have arrived in part: its piece, and what that explains, come with the rest of it.
    unexplained = Math.max(0, unexplained + empty - (now.pieces - last.pieces) * bytesOfRecord)
    last = now
    if (unexplained <= spareBytes) return
    const isAllowed = loop?.spend(unexplained * msPerByte, 0) ?? true
    onTooMuch(isAllowed ? flightRefusal('record after record follows it that has nothing in it') : targetTooCostly())
  }
  checks.add(check)
  timer ??= setInterval(checkSome, betweenMs).unref()
  socket.once('close', () => {
    checks.delete(check)
    if (checks.size > 0) return
    clearInterval(timer)
    timer = undefined
  })
  return check
}

function checkSome(): void {
  for (let checked = 0; checked < checkedAtOnce; checked++) {
    const { done, value: check } = round.next()
    if (done) {
      round = checks.values()
      return
    }
    check()
  }
}

function bytesBelow(socket: TLSSocket): number {
  const { _handle: handle } = socket as unknown as { _handle: TlsHandle | null }
  return handle?._parent?.bytesRead ?? 0
}
