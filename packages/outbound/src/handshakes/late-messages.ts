import type { TLSSocket } from 'node:tls'
import { type InLine, WorkTime } from '@mtls-gateway/event-loop'
import { ReadingHold } from '../sockets/reading-hold.ts'
import type { AccountLoop } from '../turns/event-loop-turns.ts'
import { flightRefusal } from './flight/flight-refusal.ts'

/** After a TLS 1.3 handshake: usually two session tickets, and a key update about every 300 GiB. */
const usualMessages = 4
const maxMessages = 30

/** Node's undocumented handle: told of each HelloRequest of TLS 1.2. */
interface TlsHandle {
  onhandshakestart: () => void
}

/**
 * What a target sends of the handshake's kind once that is over: session tickets and new keys (TLS 1.3), wishes for
 * another handshake (TLS 1.2). One read brings thousands, which OpenSSL processes in one go.
 */
export class LateMessages implements InLine {
  readonly #tls: TLSSocket
  readonly #loop: AccountLoop | undefined
  readonly #hold: ReadingHold
  readonly #work = new WorkTime()
  #count = 0
  #isTimed = false
  #turnMs = 0

  /** From now on. */
  constructor(tls: TLSSocket, loop: AccountLoop | undefined) {
    this.#tls = tls
    this.#loop = loop
    this.#hold = new ReadingHold(tls)
    tls.on('session', this.#onMessage).on('keylog', this.#onMessage)
    tls.once('close', () => loop?.leave(this))
    const handle = (tls as unknown as { _handle: TlsHandle | null })._handle
    if (handle !== null) handle.onhandshakestart = this.#onMessage
  }

  onTurn(): void {
    this.#hold.end()
  }

  readonly #onMessage = (): void => {
    this.#count += 1
    if (this.#count <= usualMessages) return
    if (!this.#isTimed) this.#beginTurn()
    const before = this.#turnMs
    this.#turnMs = this.#work.goingOnMs
    this.#loop?.spend(this.#turnMs - before)
  }

  /** What the current read has brought can no longer be stopped; the next reads can. */
  #beginTurn(): void {
    this.#isTimed = true
    this.#turnMs = 0
    this.#work.begin()
    this.#hold.begin()
    // OpenSSL is at work: its connection must not be closed before it has returned.
    setImmediate(this.#endTurn)
  }

  readonly #endTurn = (): void => {
    this.#isTimed = false
    if (this.#count >= maxMessages) this.#tls.destroy(flightRefusal('message after message follows it'))
    else if (this.#loop === undefined) this.#hold.end()
    else this.#loop.lineUpForReading(this, 0)
  }
}
