import type { TLSSocket } from 'node:tls'

/** Node's undocumented handle of a TLS socket. */
interface TlsHandle {
  readStart(): number
  readStop(): number
  reading: boolean
}

interface Holds {
  /** How many hold the connection now. */
  count: number
  /** How often it was let go. */
  releases: number
  /** To be done once it is read again. */
  readonly afterwards: (() => void)[]
}

/** Of each connection that was ever held. */
const holds = new WeakMap<TLSSocket, Holds>()

/**
 * Keeps Node from reading a connection, whoever wants to read from its socket meanwhile, until everyone who holds it has
 * let go. Unlike `pause` it takes effect in the middle of what Node reads at once, up to 2 MiB.
 */
export class ReadingHold {
  readonly #tls: TLSSocket
  #isOn = false

  constructor(tls: TLSSocket) {
    this.#tls = tls
  }

  begin(): void {
    if (this.#isOn) return
    this.#isOn = true
    const handle = handleOf(this.#tls)
    const held = holds.get(this.#tls) ?? holdable(this.#tls, handle)
    held.count += 1
    handle?.readStop()
  }

  end(): void {
    const held = holds.get(this.#tls)
    if (!this.#isOn || held === undefined) return
    this.#isOn = false
    held.count -= 1
    if (held.count > 0) return
    held.releases += 1
    const handle = handleOf(this.#tls)
    if (handle?.reading) handle.readStart()
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

/** Once for each connection, and for good: V8 is slow with objects whose properties come and go. */
function holdable(tls: TLSSocket, handle: TlsHandle | undefined): Holds {
  const held: Holds = { count: 0, releases: 0, afterwards: [] }
  holds.set(tls, held)
  if (handle === undefined) return held
  const { readStart } = handle
  handle.readStart = () => (held.count > 0 ? 0 : readStart.call(handle))
  return held
}

function handleOf(tls: TLSSocket): TlsHandle | undefined {
  return (tls as unknown as { _handle: TlsHandle | null })._handle ?? undefined
}
