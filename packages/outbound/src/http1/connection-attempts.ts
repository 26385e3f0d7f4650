import type { TLSSocket } from 'node:tls'
import type { Connect, ConnectionOnItsWay } from '../connect/connector.ts'
import type { OpeningTimes } from '../connect/opening-times.ts'
import { TransportError } from '../failures/transport-error.ts'

/** Whom the connections are opened for. */
export interface AttemptOwner {
  onOpened(socket: TLSSocket, times: OpeningTimes | undefined): void
  /** @param times undefined if it was refused before it began */
  onFailed(error: Error, times: OpeningTimes | undefined): void
}

/** Most pools have none nearly always, and there are many: nothing is added to this one. */
const none = new Set<ConnectionOnItsWay>()

/** Connections to one target that are on their way up. */
export class ConnectionAttempts {
  /** How many there are. Each call looks at it. */
  count = 0
  readonly #connect: Connect
  readonly #hostname: string
  readonly #port: number
  readonly #owner: AttemptOwner
  #all = none

  constructor(connect: Connect, { hostname, port }: URL, owner: AttemptOwner) {
    this.#connect = connect
    this.#hostname = hostname.replace(/^\[|\]$/g, '')
    this.#port = port === '' ? 443 : Number(port)
    this.#owner = owner
  }

  begin(): void {
    const attempt = this.#connect(this.#hostname, this.#port, (error, socket, times) => {
      this.#forget(attempt)
      if (socket === null) this.#owner.onFailed(error ?? new TransportError('TRANSPORT_FAILED'), times)
      else this.#owner.onOpened(socket, times)
    })
    if (this.#all === none) this.#all = new Set()
    this.#all.add(attempt)
    this.count = this.#all.size
  }

  /**
   * Ends those that still wait for a place, but for as many as are needed: others would close connections for them.
   */
  withdrawBeyond(needed: number): void {
    for (const attempt of this.#all) {
      if (this.count <= needed) return
      if (attempt.withdraw()) this.#forget(attempt)
    }
  }

  /** Ends all of them; they fail with the error. */
  cancel(error: Error): void {
    for (const attempt of this.#all) attempt.cancel(error)
  }

  #forget(attempt: ConnectionOnItsWay): void {
    this.#all.delete(attempt)
    this.count = this.#all.size
    if (this.count === 0) this.#all = none
  }
}
