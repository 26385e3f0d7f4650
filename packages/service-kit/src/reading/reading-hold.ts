import type { Socket } from 'node:net'
import { SocketReading } from '@mtls-gateway/event-loop'

/** Why a connection is not read. */
export const holdReason = {
  /** It has used up its share of this turn. */
  turn: 1,
  /** It waits in line. */
  line: 2,
  /** It has requests that are not carried out yet. */
  requests: 4,
  /** It has sent more requests than allowed, and ends when the earlier ones are answered. */
  cut: 8,
  /** Another connection has used up this turn. */
  others: 16,
} as const

/** Keeps Node from reading a caller's connection for as long as there is a reason. */
export class ReadingHold {
  /** Called when what has been read may be parsed again. */
  onFree: () => void = () => {}
  readonly #reading: SocketReading
  #reasons = 0

  constructor(socket: Socket) {
    this.#reading = new SocketReading(socket)
  }

  /** Bytes that have been read must not be parsed either. */
  get isBusy(): boolean {
    return (this.#reasons & (holdReason.requests | holdReason.cut)) !== 0
  }

  get isHeld(): boolean {
    return this.#reasons !== 0
  }

  begin(reason: number): void {
    if (this.#reasons === 0) this.#reading.stop()
    this.#reasons |= reason
  }

  /** As {@link SocketReading.flow}. */
  flow(): void {
    this.#reading.flow()
  }

  end(reason: number): void {
    if (this.#reasons === 0) return
    const wasBusy = this.isBusy
    this.#reasons &= ~reason
    if (wasBusy && !this.isBusy) this.onFree()
    if (this.#reasons === 0) this.#reading.goOn()
  }
}
