import type { TLSSocket } from 'node:tls'
import { SocketReading } from '@mtls-gateway/event-loop'

/** Told when a connection is no longer read, and when it is read again. */
export interface HoldWatcher {
  onHeld(): void
  onReadAgain(): void
}

/** Whether a connection is read, which several may hold at once. One for each connection. */
export class Holds {
  /** Whoever asks with each call would have to come here for it: this one is told. */
  watcher: HoldWatcher | undefined
  readonly #reading: SocketReading
  /** How many hold it now. */
  #count = 0

  constructor(tls: TLSSocket) {
    this.#reading = new SocketReading(tls)
  }

  /** Nobody reads the connection now, whoever wants to. */
  get isOn(): boolean {
    return this.#count > 0
  }

  add(): void {
    this.#count += 1
    this.#reading.stop()
    if (this.#count === 1) this.watcher?.onHeld()
  }

  remove(): void {
    this.#count -= 1
    if (this.#count > 0) return
    this.#reading.goOn()
    this.watcher?.onReadAgain()
  }
}

const known = new WeakMap<TLSSocket, Holds>()

/** To be kept where it is asked often: looking it up takes half a microsecond. */
export function holdsOf(tls: TLSSocket): Holds {
  const holds = known.get(tls) ?? new Holds(tls)
  known.set(tls, holds)
  return holds
}

/** Keeps Node from reading a connection until everyone who holds it has let go. */
export class ReadingHold {
  readonly #tls: TLSSocket
  #isOn = false

  constructor(tls: TLSSocket) {
    this.#tls = tls
  }

  begin(): void {
    if (this.#isOn) return
    this.#isOn = true
    holdsOf(this.#tls).add()
  }

  end(): void {
    if (!this.#isOn) return
    this.#isOn = false
    holdsOf(this.#tls).remove()
  }
}
