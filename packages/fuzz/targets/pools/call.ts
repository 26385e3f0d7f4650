import { type AnswerHandler, type Exchange, explainTransportError, TransportError } from '@mtls-gateway/outbound'
import type { Script } from './script.ts'

/** How a call ended, and what is wrong with how its handler was called. */
export interface CallEnd {
  readonly error: Error | undefined
  readonly body: string
  readonly fault: string | undefined
}

/** Takes an answer as slowly or as briefly as a script says, and checks that it is called as promised. */
export class Call implements AnswerHandler {
  readonly ended: Promise<CallEnd>
  readonly #end: (end: CallEnd) => void
  readonly #pauses: number
  readonly #abortsAt: number
  #exchange: Exchange | undefined
  #told: readonly string[] = []
  #body = ''
  #fault: string | undefined

  constructor(script: Script) {
    const { promise, resolve } = Promise.withResolvers<CallEnd>()
    this.ended = promise
    this.#end = resolve
    const habit = script.next(16)
    this.#pauses = habit === 1 ? script.next(20) : 0
    this.#abortsAt = habit === 2 ? script.next(4) : Number.POSITIVE_INFINITY
  }

  onStart(exchange: Exchange): void {
    this.#exchange = exchange
    this.#tell('start', [])
  }

  onInformation(): void {
    this.#tell('information', ['start', 'information'])
  }

  onHead(): void {
    this.#tell('head', ['start', 'information'])
    if (this.#pauses === 0) return
    this.#exchange?.pause()
    setTimeout(() => this.#exchange?.resume(), this.#pauses)
  }

  onData(chunk: Buffer): void {
    this.#tell('data', ['head', 'data'])
    this.#body += chunk.toString('latin1')
  }

  onEnd(): void {
    this.#tell('end', ['head', 'data'])
    this.#finish(undefined)
  }

  onError(error: Error): void {
    if (this.#told.at(-1) === 'over') this.#fault = 'it hears of an error after it has ended'
    const { code } = explainTransportError(error, 'target')
    if (code === 'TRANSPORT_FAILED') this.#fault = `nobody knows why it failed: ${error.message}`
    this.#finish(error)
  }

  #finish(error: Error | undefined): void {
    this.#told = ['over']
    // Calls that come too late come soon.
    setImmediate(() => this.#end({ error, body: this.#body, fault: this.#fault }))
  }

  #tell(what: string, allowed: readonly string[]): void {
    const last = this.#told.at(-1)
    if (last === undefined ? allowed.length > 0 : !allowed.includes(last))
      this.#fault = `it hears of ${what} after ${last}`
    this.#told = [...this.#told, what]
    if (this.#told.length > this.#abortsAt) this.#exchange?.abort(new TransportError('CALL_ABORTED'))
  }
}
