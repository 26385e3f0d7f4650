import type { TLSSocket } from 'node:tls'
import { SocketReading } from '@mtls-gateway/event-loop'

interface Holds {
  readonly reading: SocketReading
  /** How many hold the connection now. */
  count: number
  /** How often it was let go. */
  releases: number
  /** To be done once it is read again. */
  readonly afterwards: (() => void)[]
}

/** Of each connection that was ever held. */
const holds = new WeakMap<TLSSocket, Holds>()

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
    const held = holds.get(this.#tls) ?? firstHold(this.#tls)
    held.count += 1
    held.reading.stop()
  }

  end(): void {
    const held = holds.get(this.#tls)
    if (!this.#isOn || held === undefined) return
    this.#isOn = false
    held.count -= 1
    if (held.count > 0) return
    held.releases += 1
    held.reading.goOn()
    for (const task of held.afterwards.splice(0)) task()
  }
}

/** Whether nobody reads the connection now, whoever wants to. */
export function isHeld(tls: TLSSocket): boolean {
  return (holds.get(tls)?.count ?? 0) > 0
}

/** How often a connection has been held and let go so far. */
export function releasesOf(tls: TLSSocket): number {
  return holds.get(tls)?.releases ?? 0
}

/** Once it is read again; at once where nobody holds it. */
export function afterHold(tls: TLSSocket, task: () => void): void {
  const held = holds.get(tls)
  if (held === undefined || held.count === 0) task()
  else held.afterwards.push(task)
}

function firstHold(tls: TLSSocket): Holds {
  const held: Holds = { reading: new SocketReading(tls), count: 0, releases: 0, afterwards: [] }
  holds.set(tls, held)
  return held
}
