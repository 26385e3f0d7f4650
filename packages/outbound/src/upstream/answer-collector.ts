import { TransportError } from '../failures/transport-error.ts'
import type { AnswerHandler, Exchange } from './exchange.ts'

export interface TargetAnswer {
  readonly status: number
  /** Names in lower case; of a repeated field all values, in their order. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: Buffer
  /** The body went on beyond what was to be read. */
  readonly truncated: boolean
}

/** Collects an answer whole, up to so many bytes of its body. */
export class AnswerCollector implements AnswerHandler {
  /** Rejects with what the call failed with. */
  readonly answer: Promise<TargetAnswer>
  readonly #settle: { resolve: (answer: TargetAnswer) => void; reject: (error: unknown) => void }
  readonly #maxBytes: number
  readonly #pieces: Buffer[] = []
  #bytes = 0
  #status = 0
  #headers: TargetAnswer['headers'] = {}
  #exchange: Exchange | undefined

  constructor(maxBytes: number) {
    const { promise, resolve, reject } = Promise.withResolvers<TargetAnswer>()
    this.answer = promise
    this.#settle = { resolve, reject }
    this.#maxBytes = maxBytes
  }

  onStart(exchange: Exchange): void {
    this.#exchange = exchange
  }

  onInformation(): void {}

  onHead(status: number, fields: readonly string[]): void {
    this.#status = status
    this.#headers = byName(fields)
  }

  onData(chunk: Buffer): void {
    this.#pieces.push(chunk)
    this.#bytes += chunk.length
    if (this.#bytes <= this.#maxBytes) return
    this.#resolve(true)
    this.#exchange?.abort(new TransportError('CALL_ABORTED'))
  }

  onEnd(): void {
    this.#resolve(false)
  }

  onError(error: Error): void {
    this.#settle.reject(error)
  }

  #resolve(truncated: boolean): void {
    const body = Buffer.concat(this.#pieces).subarray(0, this.#maxBytes)
    this.#settle.resolve({ status: this.#status, headers: this.#headers, body, truncated })
  }
}

function byName(fields: readonly string[]): TargetAnswer['headers'] {
  const headers: Record<string, string | string[]> = Object.create(null)
  for (let i = 0; i < fields.length; i += 2) {
    const name = (fields[i] ?? '').toLowerCase()
    const value = fields[i + 1] ?? ''
    const known = headers[name]
    headers[name] = known === undefined ? value : [known, value].flat()
  }
  return headers
}
