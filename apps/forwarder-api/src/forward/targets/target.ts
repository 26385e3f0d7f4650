import type { Bulkhead, Closable, Part, Permit } from '@mtls-gateway/bulkhead'
import { type AccountId, CodedError } from '@mtls-gateway/domain'
import type { MaybePromise } from '@mtls-gateway/event-loop'
import type { TransportCode } from '@mtls-gateway/outbound'
import { Circuit, type CircuitSettings } from './circuit.ts'

/** Beyond these, failures of an account's targets are not counted. */
const failingTargetsOfAccount = 64
/**
 * The most of its account that a target can take by hanging, answering once, and hanging again: each time, the calls
 * that hung before stop counting towards its part.
 */
const mostOfAccount = 3 / 4
const retryAfterSeconds = 1

/** What all targets have in common. */
export interface TargetWatch {
  /** The pool `forward-calls`. */
  readonly calls: Bulkhead
  /** What one account has of it at most. */
  readonly accountMaxCalls: number
  readonly circuits: CircuitSettings
  /** Milliseconds that never go back. */
  readonly now: () => number
  onRefused(reason: 'limit' | 'circuit'): void
  onOpened(target: Target, circuit: Circuit): void
  onClosed(target: Target): void
  /** A call has ended. */
  onLeft(target: Target): void
}

/** What the targets of an account have together. */
export interface CallingAccount {
  readonly accountId: AccountId
  /** In flight. */
  calls: number
  /** Targets that have failed and not answered since. */
  failing: number
}

/**
 * An origin as one account calls it, with whatever certificates; or a token endpoint, by its url. It may have as many
 * calls as its account has left: one that hangs gets a half, and two of them a third each, so that something is left
 * for the others.
 */
export class Target implements Part {
  readonly origin: string
  readonly account: CallingAccount
  readonly #watch: TargetWatch
  /** In flight. */
  calls = 0
  waiting = 0
  /** Looks for idle targets since the last call. */
  idleLooks = 0
  #circuit: Circuit | undefined
  /** Counts how often the circuit opened. */
  #opened = 0
  /** Calls that hung when the circuit opened, and no longer count. */
  #writtenOff = 0
  /** Its circuit is open as it cost too much. */
  #isTooCostly = false

  constructor(origin: string, account: CallingAccount, watch: TargetWatch) {
    this.origin = origin
    this.account = account
    this.#watch = watch
  }

  get isIdle(): boolean {
    return this.calls === 0 && this.waiting === 0
  }

  get hasFailed(): boolean {
    return this.#circuit !== undefined
  }

  get isOpen(): boolean {
    return this.#circuit?.isOpen ?? false
  }

  /**
   * A permit for a call, at once or when others have ended. If the circuit is open, the call may become the probe.
   * @param until closes when the caller leaves
   * @throws CodedError `TARGET_CIRCUIT_OPEN`, `TOO_MANY_CALLS`, `SHUTTING_DOWN`; also rejects with them
   */
  acquire(until: Closable): MaybePromise<Permit> {
    const { calls, now } = this.#watch
    this.idleLooks = 0
    const circuit = this.#circuit
    if (circuit?.isDue && (this.waiting > 0 || this.isFull())) this.#open(circuit)
    if (circuit?.isOpen && !circuit.mayProbe(now())) throw this.refusal()
    return calls.acquire(this.account.accountId, 1, until, this)
  }

  isFull(): boolean {
    if (this.calls === 0) return false
    if (this.#circuit?.isOpen) return !this.#circuit.mayProbe(this.#watch.now())
    const { accountMaxCalls } = this.#watch
    const counted = this.calls - this.#writtenOff
    return counted >= accountMaxCalls - this.account.calls || this.calls >= accountMaxCalls * mostOfAccount
  }

  take(): () => void {
    this.calls += 1
    this.account.calls += 1
    const opened = this.#opened
    return () => {
      this.calls -= 1
      this.account.calls -= 1
      if (opened !== this.#opened) this.#writtenOff -= 1
      this.#watch.onLeft(this)
    }
  }

  /**
   * A call is sent. If the circuit is open, this is where it becomes the probe: what is refused before would use up the
   * pause, and tell nothing.
   * @throws CodedError `TARGET_CIRCUIT_OPEN`: another one has become the probe
   */
  goesOut(): void {
    if (this.#circuit?.isOpen && !this.#circuit.takeProbe(this.#watch.now())) throw this.refusal()
  }

  /** The caller has left before an answer, so that this call tells nothing. */
  abandoned(): void {
    this.#circuit?.giveBack(this.#watch.now())
  }

  /**
   * It has answered a call, whatever it said, or has shown otherwise that it is there. Where that was not in question,
   * other calls that are still in flight say nothing.
   */
  answered(): void {
    if (this.#circuit === undefined || (this.#isTooCostly && this.#circuit.isUnprobed)) return
    const wasOpen = this.#circuit.isOpen
    this.forgive()
    if (wasOpen) this.#watch.onClosed(this)
  }

  /** Its failures count no more. */
  forgive(): void {
    if (this.#circuit === undefined) return
    this.#circuit = undefined
    this.#isTooCostly = false
    this.account.failing -= 1
  }

  /** A call failed because it is down. */
  failed(code: TransportCode): void {
    const circuit = this.#noteFailure(code)
    if (circuit?.isDue) this.#open(circuit)
  }

  /**
   * A call has not been answered for long. The target may only be slow, so the circuit opens no sooner than the target
   * is full, where calls would be refused anyway, or than such a call has failed ({@link gaveUp}).
   */
  hangs(): void {
    this.#noteFailure('TIMEOUT')
  }

  gaveUp(): void {
    if (this.#circuit?.isDue) this.#open(this.#circuit)
  }

  /** Its connection was closed as it cost too much: whatever it answers, it is not called before the pause is over. */
  costsTooMuch(): void {
    const circuit = this.#noteFailure('TARGET_TOO_COSTLY')
    if (circuit?.isOpen !== false) return
    this.#isTooCostly = true
    this.#open(circuit)
  }

  /** Why a call to it is refused. */
  refusal(): CodedError {
    const { origin } = this
    const circuit = this.#circuit
    if (circuit?.isOpen) {
      this.#watch.onRefused('circuit')
      return circuitOpen(origin, circuit, this.#watch.now())
    }
    this.#watch.onRefused('limit')
    return new CodedError(
      'TOO_MANY_CALLS',
      `Too many calls of this account to ${origin} are in flight. Wait for some to end and try again. Calls to other targets are not affected.`,
      { details: { target: origin }, retryAfterSeconds },
    )
  }

  #noteFailure(code: TransportCode): Circuit | undefined {
    if (this.#watch.circuits.failures === 0) return undefined
    const circuit = this.#circuit ?? this.#newCircuit()
    circuit?.fail(code)
    return circuit
  }

  #newCircuit(): Circuit | undefined {
    if (this.account.failing >= failingTargetsOfAccount) return undefined
    this.account.failing += 1
    this.#circuit = new Circuit(this.#watch.circuits)
    return this.#circuit
  }

  #open(circuit: Circuit): void {
    const { calls, now } = this.#watch
    circuit.open(now())
    // Otherwise the target would be full when it answers again, until the time of those that hang is over.
    this.#opened += 1
    this.#writtenOff = this.calls
    this.#watch.onOpened(this, circuit)
    calls.refuseWaiting(this.account.accountId, this, () => this.refusal())
  }
}

function circuitOpen(target: string, circuit: Circuit, now: number): CodedError {
  const { lastFailure } = circuit
  const reason =
    lastFailure === 'TARGET_TOO_COSTLY'
      ? 'sent what takes too much work'
      : `failed several times in a row, last with ${lastFailure}`
  const leftMs = circuit.leftMs(now)
  const retryAt = new Date(Date.now() + leftMs).toISOString()
  return new CodedError(
    'TARGET_CIRCUIT_OPEN',
    `${target} ${reason}, so calls to it are refused. The next one is let through in ${Math.max(1, Math.ceil(leftMs / 1_000))} s, and if the target answers it, all are.`,
    {
      details: { target, transportCode: lastFailure, retryAt },
      retryAfterSeconds: Math.max(retryAfterSeconds, leftMs / 1_000),
    },
  )
}
