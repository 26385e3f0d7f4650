import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { type SecureContext, TLSSocket } from 'node:tls'
import { answers, type Promised } from './answers.ts'
import { connectionStarts } from './connection-starts.ts'
import type { Script } from './script.ts'
import type { TargetSide } from './target-side.ts'

/** What a target needs to speak TLS, shared by all cases. */
export interface TargetCredentials {
  readonly newest: SecureContext
  readonly old: SecureContext
}

/** A TLS server that does what a script says with each connection and each request. */
export class HostileTarget {
  /** What the caller may be told, by the token of its request. A request that never came has none. */
  readonly promised = new Map<string, Promised>()
  /** What the target did, for the features of a case. */
  readonly done = new Set<string>()
  readonly #server: Server
  readonly #sides = new Set<TargetSide>()
  readonly #script: Script
  readonly #context: SecureContext
  #isPolite = false

  private constructor(script: Script, context: SecureContext) {
    this.#script = script
    this.#context = context
    this.#server = createServer((raw) => this.#serve(raw))
  }

  static async start(script: Script, credentials: TargetCredentials): Promise<HostileTarget> {
    const target = new HostileTarget(script, script.next(4) === 1 ? credentials.old : credentials.newest)
    target.#server.listen(0, '127.0.0.1')
    await once(target.#server, 'listening')
    return target
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port // it listens on TCP
  }

  /**
   * Connections that the gateway has not closed. The target's own closes don't count: what it writes after the end of
   * TCP is never gone, and a socket that was reset below TLS may not report its close.
   */
  get connections(): number {
    return [...this.#sides].filter(({ raw, tls }) => !raw.destroyed && !tls.destroyed && !tls.readableEnded).length
  }

  /** Whether bytes sent on an unsure connection may still be on their way. */
  get hasUnsure(): boolean {
    return [...this.#sides].some(({ isUnsure }) => isUnsure)
  }

  /** From now on every request is answered as it should be; connections where that is not certain are closed. */
  becomePolite(): void {
    this.#isPolite = true
    for (const { isUnsure, tls } of this.#sides) if (isUnsure) tls.destroy()
  }

  close(): void {
    this.#server.close()
    for (const { raw, tls } of this.#sides) {
      tls.destroy()
      raw.destroy()
    }
  }

  #serve(raw: Socket): void {
    // Uses a stream of its own: TLS that takes over a socket's handle loses it forever if the socket ends below it.
    const tls = new TLSSocket(Duplex.from({ readable: raw, writable: raw }), {
      isServer: true,
      secureContext: this.#context,
    })
    const side = { raw, tls, isUnsure: false }
    this.#sides.add(side)
    raw.on('error', () => {})
    tls.on('error', () => {})
    if (!this.#isPolite) this.#chosen(connectionStarts, 2)(side)
    let received = ''
    tls.on('data', (data) => {
      received += data.toString('latin1')
      const requests = received.split('\r\n\r\n')
      received = requests.pop() ?? ''
      for (const request of requests) this.#answer(side, request)
    })
  }

  #answer(side: TargetSide, request: string): void {
    // The body of the request before may come first, and nothing else has an empty line.
    const [, method, token] = /^(?:a body)?(\w+) \/(t-[\w-]+) HTTP/.exec(request) ?? []
    if (token === undefined) return
    const wasUnsure = side.isUnsure
    const answer = this.#isPolite ? answers.whole : this.#chosen(answers, 1)
    const promised = answer(side, { token, isToHead: method === 'HEAD', script: this.#script })
    this.promised.set(token, wasUnsure ? 'unsure' : promised)
  }

  /** Chooses from a table whose first entry is what a target should do, which comes more often. */
  #chosen<Action>(actions: Readonly<Record<string, Action>> & { readonly whole: Action }, weight: number): Action {
    const names = Object.keys(actions)
    const name = names[Math.max(0, this.#script.next(names.length + weight) - weight)] ?? 'whole'
    this.done.add(name)
    return actions[name] ?? actions.whole
  }
}
