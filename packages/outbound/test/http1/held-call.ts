import { AnswerCollector, type AnswerHandler, type Exchange, type TargetRequest } from '../../src/http1/exchange.ts'
import type { TargetPool } from '../../src/http1/target-pool.ts'

type Told = keyof AnswerHandler

/** What a test does when its call is told of something. */
export type Reactions = Partial<Record<Told, (exchange: Exchange) => void>>

/** A call that notes what it is told, and whose exchange is held beyond its end. */
export class HeldCall extends AnswerCollector {
  readonly told: Told[] = []
  readonly #reactions: Reactions
  #exchange: Exchange | undefined

  constructor(reactions: Reactions = {}) {
    super(Number.POSITIVE_INFINITY)
    this.#reactions = reactions
    // Whoever wants to know how it ends asks for it.
    this.answer.catch(() => {})
  }

  static send(pool: TargetPool, path: string, reactions?: Reactions, request?: Partial<TargetRequest>): HeldCall {
    const call = new HeldCall(reactions)
    pool.send({ path, method: 'GET', headers: [], body: null, ...request }, call)
    return call
  }

  /** There from the moment at which it has its connection. */
  get exchange(): Exchange {
    if (this.#exchange === undefined) throw new Error('the call has no connection')
    return this.#exchange
  }

  get isOver(): boolean {
    return this.told.includes('onEnd') || this.told.includes('onError')
  }

  /** Its body, or what it failed with. */
  async outcome(): Promise<unknown> {
    return this.answer.then(
      ({ body }) => body.toString('latin1'),
      (error: unknown) => error,
    )
  }

  override onStart(exchange: Exchange): void {
    super.onStart(exchange)
    this.#exchange = exchange
    this.#note('onStart')
  }

  override onInformation(): void {
    this.#note('onInformation')
  }

  onLongUnanswered(): void {
    this.#note('onLongUnanswered')
  }

  override onHead(status: number, fields: readonly string[]): void {
    super.onHead(status, fields)
    this.#note('onHead')
  }

  override onData(chunk: Buffer): void {
    super.onData(chunk)
    this.#note('onData')
  }

  override onEnd(): void {
    super.onEnd()
    this.#note('onEnd')
  }

  override onError(error: Error): void {
    super.onError(error)
    this.#note('onError')
  }

  #note(what: Told): void {
    this.told.push(what)
    if (this.#exchange !== undefined) this.#reactions[what]?.(this.#exchange)
  }
}
