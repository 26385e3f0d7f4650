import type { TLSSocket } from 'node:tls'
import { inputOf } from './target-input.ts'

/** Node's undocumented handles below a TLS socket. */
interface TlsHandle {
  readonly reading: boolean
  /** The TCP connection. */
  readonly _parent?: {
    /** Returns an error number if it is being read already. */
    readStart(): number
  }
}

/**
 * Whether the target closed its side with the TLS closure alert (close_notify). Anybody on the path can send a TCP
 * FIN, and Node reports both as the same `end`. They differ in one thing: after a FIN, libuv no longer reads the
 * connection when the end is reported.
 */
export class ClosureAlert {
  /** Also false if the end came before this was created. */
  hasCome = false

  constructor(socket: TLSSocket) {
    const { push } = socket
    socket.push = (chunk: unknown, encoding?: BufferEncoding) => {
      if (chunk === null) this.hasCome = !isEndOfTcp(socket)
      return push.call(socket, chunk, encoding)
    }
  }
}

function isEndOfTcp(socket: TLSSocket & { _handle?: TlsHandle | null }): boolean {
  const tls = socket._handle
  if (tls?._parent === undefined) return true
  // A connection that is not read cannot have read a FIN.
  return tls.reading && !inputOf(socket).isPaused && tls._parent.readStart() === 0
}
