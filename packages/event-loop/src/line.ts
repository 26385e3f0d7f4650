import { Rest, shortTurnMs, type TurnRest } from './rest.ts'

/** Who has taken as much of a turn of the event loop as it may. */
export interface InLine {
  /** Where members of a line belong to different parties, these have their turns one after the other. */
  readonly party?: string | undefined
  /** It is its turn. */
  onTurn(): void
}

/** One of many that go on by themselves, until one of them has taken too much. */
export interface Member extends InLine {
  /** It takes nothing more until its turn. */
  hold(): void
}

/** What members may take of a turn together, each by itself, before those that come later wait for the next one. */
const enoughMs = 4
/** Others may have stopped calling: it is looked as often as this. */
const longestLookMs = 100

/**
 * Those of an account who wait for their turn, in order: one in each turn of the event loop, so that together they keep
 * others waiting no longer than one of them does. After a long turn nobody has one until the account has rested.
 */
export class Line {
  readonly #rest: TurnRest
  readonly #othersAt: () => number
  readonly #onIdle: () => void
  readonly #members = new Set<Member>()
  readonly #waiting = new Waiting()
  /** Members that have taken nothing themselves: they go on together, until one of them takes too much. */
  readonly #held = new Set<Member>()
  /** What they have taken of this turn. */
  #turnMs = 0
  /** What members have taken by themselves. */
  #spentMs = 0
  #next: NodeJS.Immediate | NodeJS.Timeout | undefined

  /**
   * @param othersAt when another account last made a call, in milliseconds of `performance.now()`
   * @param onIdle nobody waits any more, nor does the account rest; or the last member has left
   * @param rest what turns are charged to
   */
  constructor(othersAt: () => number, onIdle: () => void, rest: TurnRest = new Rest()) {
    this.#othersAt = othersAt
    this.#onIdle = onIdle
    this.#rest = rest
  }

  get isIdle(): boolean {
    return this.#next === undefined && this.#members.size === 0
  }

  enter(member: Member): void {
    this.#members.add(member)
  }

  /** Neither waits any more, nor is a member. */
  leave(each: InLine): void {
    this.#waiting.delete(each)
    this.#held.delete(each as Member)
    if (this.#members.delete(each as Member) && this.isIdle) this.#onIdle()
  }

  /** One of them has taken as much of this turn as all together may: none takes more until the account has rested. */
  holdAll(): void {
    for (const member of this.#members) {
      if (this.#waiting.has(member) || this.#held.has(member)) continue
      this.#held.add(member)
      member.hold()
    }
    this.#next ??= setImmediate(this.#advance)
  }

  /** A member has gone on by itself. @param workMs what it took of this turn, in milliseconds */
  spend(workMs: number): void {
    if (this.#spentMs === 0) setImmediate(this.#endTurn)
    const isFirst = this.#spentMs <= enoughMs
    this.#spentMs += workMs
    if (isFirst && this.#spentMs > enoughMs) this.holdAll()
  }

  /**
   * As {@link add}, but where nobody else waits or has just gone on it is its turn at once: what it does then comes in
   * the next turn of the event loop anyway.
   */
  goOn(each: InLine, workMs: number): void {
    // After a long turn it has to be seen first whether the line rests.
    if (this.#next !== undefined || workMs > shortTurnMs) {
      this.add(each, workMs)
      return
    }
    this.#note(workMs)
    this.#next = setImmediate(this.#advance)
    each.onTurn()
  }

  /** @param workMs what it has taken of this turn, in milliseconds */
  add(each: InLine, workMs: number): void {
    this.#note(workMs)
    // Held before it could line up, it would go on with all that are held, and once more when it is its turn.
    this.#held.delete(each as Member)
    this.#waiting.add(each)
    this.#next ??= setImmediate(this.#advance)
  }

  readonly #endTurn = (): void => {
    this.#note(this.#spentMs)
    this.#spentMs = 0
  }

  #note(workMs: number): void {
    // Charged even where nobody lines up: the short turns of a busy day must not add up to a long one.
    if (this.#turnMs === 0) setImmediate(this.#chargeTurn)
    this.#turnMs += workMs
  }

  readonly #chargeTurn = (): void => {
    if (this.#turnMs > 0) this.#rest.addTurn(this.#turnMs)
    this.#turnMs = 0
  }

  readonly #advance = (): void => {
    this.#chargeTurn()
    const restMs = this.#rest.remainingMs(this.#othersAt())
    const allowed = restMs > 0 ? [] : this.#takeAllowed()
    this.#next = this.#comeBack(restMs)
    for (const each of allowed) each.onTurn()
    if (this.isIdle) this.#onIdle()
  }

  #takeAllowed(): readonly InLine[] {
    const held = [...this.#held]
    this.#held.clear()
    const first = this.#waiting.take()
    return first === undefined ? held : [...held, first]
  }

  #comeBack(restMs: number): NodeJS.Immediate | NodeJS.Timeout | undefined {
    if (restMs > 0) return setTimeout(this.#advance, Math.min(restMs, longestLookMs)).unref()
    return this.#waiting.isEmpty ? undefined : setImmediate(this.#advance)
  }
}

/** Those who wait, one of each party after the other: whoever has many in line has no more turns than who has one. */
export class Waiting {
  /** In the order in which parties have their turns, and the members of each theirs. */
  readonly #byParty = new Map<string | undefined, Set<InLine>>()

  get isEmpty(): boolean {
    return this.#byParty.size === 0
  }

  has(each: InLine): boolean {
    return this.#byParty.get(each.party)?.has(each) ?? false
  }

  add(each: InLine): void {
    const known = this.#byParty.get(each.party)
    if (known) known.add(each)
    else this.#byParty.set(each.party, new Set([each]))
  }

  delete(each: InLine): void {
    const ofParty = this.#byParty.get(each.party)
    ofParty?.delete(each)
    if (ofParty?.size === 0) this.#byParty.delete(each.party)
  }

  /** The next one, which waits no more. */
  take(): InLine | undefined {
    const [next] = this.#byParty
    if (next === undefined) return undefined
    const [party, members] = next
    const [first] = members
    this.#byParty.delete(party)
    if (first !== undefined) members.delete(first)
    // Behind the other parties.
    if (members.size > 0) this.#byParty.set(party, members)
    return first
  }
}
