import type { Permit } from '@mtls-gateway/bulkhead'
import { AccountRest, usualMs } from './account-rest.ts'
import type { Costing, HandshakeCosts } from './handshake-costs.ts'
import type { HandshakeTurn, HandshakeWish } from './handshake-turns.ts'

export interface AccountHandshakesOptions {
  readonly costs: HandshakeCosts
  /** When another account last made a call, in milliseconds of `performance.now()`. */
  readonly othersAt: () => number
  /** How long one waits at most while the account rests. */
  readonly limitMs: number
  /** What one is told that has waited for as long. */
  readonly refusal: () => Error
  /** There is none, and the account has rested. */
  readonly onIdle: () => void
}

interface Waiting {
  readonly permit: Permit
  readonly wish: HandshakeWish
  readonly since: number
  readonly giveUp: () => void
}

/** Others may have stopped calling, or somebody has waited for too long: it is looked as often as this. */
const longestLookMs = 100

/** The handshakes of one account: those that wait until it has rested, and those under way. */
export class AccountHandshakes {
  readonly #options: AccountHandshakesOptions
  readonly #rest = new AccountRest()
  /** In order. */
  readonly #waiting: Waiting[] = []
  #underWay = 0
  #timer: NodeJS.Timeout | undefined

  constructor(options: AccountHandshakesOptions) {
    this.#options = options
  }

  /** @param permit given back when the handshake is over, or its turn does not come */
  line(permit: Permit, wish: HandshakeWish): void {
    const giveUp = () => {
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1)
      permit.release()
      this.#advance()
    }
    const waiting: Waiting = { permit, wish, since: performance.now(), giveUp }
    this.#waiting.push(waiting)
    wish.until.once('close', giveUp)
    this.#advance()
  }

  noteRepeated(): void {
    const { costs, othersAt } = this.#options
    const cost: Costing = { costMs: usualMs }
    costs.progress(cost)
    this.#rest.end(cost.costMs, 0, othersAt())
    this.#advance()
  }

  /** Begins those that may begin, and comes back when more may. */
  readonly #advance = (): void => {
    clearTimeout(this.#timer)
    while (this.#waiting.length > 0 && this.#restMs === 0) this.#begin(this.#takeFirst())
    while (this.#isTooLate(this.#waiting[0])) this.#refuse(this.#takeFirst())
    const { chargedMs } = this.#rest
    if (this.#waiting.length > 0) this.#comeBack(Math.min(chargedMs, longestLookMs))
    else if (chargedMs > 0) this.#comeBack(chargedMs)
    else if (this.#underWay === 0) this.#options.onIdle()
  }

  #comeBack(milliseconds: number): void {
    this.#timer = setTimeout(this.#advance, milliseconds).unref()
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
    const { costs, othersAt } = this.#options
    const charged = this.#rest.begin()
    const cost: Costing = { costMs: 0 }
    let isOver = false
    const turn: HandshakeTurn = {
      progress: () => costs.progress(cost),
      end: () => {
        if (isOver) return
        isOver = true
        costs.end(cost)
        this.#rest.end(cost.costMs, charged, othersAt())
        this.#underWay -= 1
        permit.release()
        this.#advance()
      },
    }
    this.#underWay += 1
    costs.begin(cost)
    wish.begin(turn)
  }

  #isTooLate(waiting: Waiting | undefined): boolean {
    return waiting !== undefined && performance.now() - waiting.since >= this.#options.limitMs
  }

  #refuse(waiting: Waiting | undefined): void {
    waiting?.permit.release()
    waiting?.wish.refuse(this.#options.refusal())
  }
}
