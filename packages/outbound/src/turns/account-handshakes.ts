import type { Closable, Permit } from '@mtls-gateway/bulkhead'
import { Rest } from '@mtls-gateway/event-loop'

/** A handshake that has its turn. */
export interface HandshakeTurn {
  /**
   * It is over. May be called again.
   * @param workMs what it took of the event loop, in milliseconds
   */
  end(workMs: number): void
}

export interface HandshakeWish {
  /** Whoever waits no longer wants a turn once this is closed. */
  readonly until: Closable
  /** It is its turn. Also once more after `until` has closed, if its turn was on the way to it: end it then. */
  begin(turn: HandshakeTurn): void
  /** Its turn does not come: with a CodedError, `TOO_MANY_CALLS` or `SHUTTING_DOWN`. */
  refuse(error: Error): void
}

interface AccountHandshakesOptions {
  /** How many may be under way, where they are known to be short. */
  readonly most: number
  /** When another account last made a call, in milliseconds of `performance.now()`. */
  readonly othersAt: () => number
  /** How long one waits at most while the account rests. */
  readonly limitMs: number
  /** What one is told that has waited for as long. */
  readonly refusal: () => Error
  /** There is none any more, and the account has rested. */
  readonly onIdle: () => void
}

interface Waiting {
  readonly permit: Permit
  readonly wish: HandshakeWish
  readonly since: number
  readonly giveUp: () => void
}

const allowedAtFirst = 8
/** Longer than any that both sides did not make long, on a slow machine too. */
const longMs = 16
/** What a target's handshakes take is remembered for as long after a long one, in milliseconds. */
const memoryMs = 300_000
/** Others may have stopped calling, or somebody has waited for too long: it is looked as often as this. */
const longestLookMs = 100

/** The handshakes of one account: those that wait until it has rested, and those under way. */
export class AccountHandshakes {
  readonly #options: AccountHandshakesOptions
  readonly #rest = new Rest()
  /** In order. */
  readonly #waiting: Waiting[] = []
  #underWay = 0
  /** How many may be under way: what they take is only known afterwards. */
  #allowed = allowedAtFirst
  #rememberedUntil = 0
  #timer: NodeJS.Timeout | undefined

  constructor(options: AccountHandshakesOptions) {
    this.#options = options
  }

  /** @param permit given back when the handshake is over, or its turn does not come */
  line(permit: Permit, wish: HandshakeWish): void {
    const giveUp = () => {
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1)
      permit.release()
      this.advance()
    }
    const waiting: Waiting = { permit, wish, since: performance.now(), giveUp }
    this.#waiting.push(waiting)
    wish.until.once('close', giveUp)
    this.advance()
  }

  noteWork(workMs: number): void {
    this.#rest.end(workMs, 0)
    this.advance()
  }

  /** Begins those that may begin, and comes back when more may, or the account has rested. */
  readonly advance = (): void => {
    clearTimeout(this.#timer)
    while (this.#waiting.length > 0 && this.#restMs === 0 && this.#underWay < this.#allowed) {
      this.#begin(this.#takeFirst())
    }
    while (this.#isTooLate(this.#waiting[0])) this.#refuse(this.#takeFirst())
    const { chargedMs } = this.#rest
    if (this.#waiting.length > 0) this.#comeBack(Math.min(chargedMs || longestLookMs, longestLookMs))
    else if (chargedMs > 0) this.#comeBack(chargedMs)
    else if (this.#underWay === 0) this.#forget()
  }

  #forget(): void {
    const memoryLeftMs = this.#rememberedUntil - performance.now()
    if (memoryLeftMs > 0) this.#comeBack(memoryLeftMs)
    else this.#options.onIdle()
  }

  #comeBack(milliseconds: number): void {
    this.#timer = setTimeout(this.advance, milliseconds).unref()
  }

  get #restMs(): number {
    return this.#rest.remainingMs(this.#options.othersAt())
  }

  #takeFirst(): Waiting | undefined {
    const first = this.#waiting.shift()
    first?.wish.until.off('close', first.giveUp)
    return first
  }

  #begin(waiting: Waiting | undefined): void {
    if (waiting === undefined) return
    const { permit, wish } = waiting
    const charged = this.#rest.begin()
    let isOver = false
    const end = (workMs: number) => {
      if (isOver) return
      isOver = true
      this.#rest.end(workMs, charged)
      this.#allow(workMs)
      this.#underWay -= 1
      permit.release()
      this.advance()
    }
    this.#underWay += 1
    wish.begin({ end })
  }

  /** One more after each short one; one alone after one that was long. */
  #allow(workMs: number): void {
    if (workMs > longMs) this.#rememberedUntil = performance.now() + memoryMs
    this.#allowed = workMs > longMs ? 1 : Math.min(this.#allowed + 1, this.#options.most)
  }

  #isTooLate(waiting: Waiting | undefined): boolean {
    return waiting !== undefined && performance.now() - waiting.since >= this.#options.limitMs
  }

  #refuse(waiting: Waiting | undefined): void {
    waiting?.permit.release()
    waiting?.wish.refuse(this.#options.refusal())
  }
}
