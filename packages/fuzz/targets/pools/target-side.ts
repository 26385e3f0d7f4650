import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'

/** A connection as the target sees it. */
export interface TargetSide {
  readonly raw: Socket
  readonly tls: TLSSocket
  /**
   * It has sent, in a piece of its own, what nobody asked for. That can arrive after the next request was sent, and
   * HTTP/1.1 has nothing to tell it from the answer (decision 12).
   */
  isUnsure: boolean
}
