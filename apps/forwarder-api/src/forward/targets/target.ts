import type { Closable } from '@mtls-gateway/bulkhead'
import type { CodedError } from '@mtls-gateway/domain'
import type { MaybePromise } from '@mtls-gateway/event-loop'
import type { TransportCode } from '@mtls-gateway/outbound'
import type { CallDivision, CalledTarget } from './call-division.ts'
import { Circuit, type CircuitSettings } from './circuit.ts'
import { circuitOpen, tooManyCallsTo } from './target-refusals.ts'

/** Beyond these, failures of an account's targets are not counted. */
const failingTargetsOfAccount = 64

/** What all targets have in common. */
export interface TargetWatch {
  readonly circuits: CircuitSettings
  /** Milliseconds that never go back. */
  readonly now: () => number
  onRefused(reason: 'limit' | 'circuit'): void
  onOpened(target: Target, circuit: Circuit): void
  onClosed(target: Target): void
  /** A call has ended. */
  onLeft(target: Target): void
}

/** An origin as one account calls it, with whatever certificates. */
export class Target implements CalledTarget {
  readonly origin: string
  readonly division: CallDivision
  readonly #watch: TargetWatch
  /** In flight. */
  calls = 0
  waiting = 0
  /** Looks for idle targets since the last call. */
  idleLooks = 0
  #circuit: Circuit | undefined
  /** Counts how often the circuit opened. */
  #epoch = 0
  /** Calls of earlier epochs: they hung when the circuit opened, and no longer count. */
  #writtenOff = 0

  constructor(origin: string, division: CallDivision, watch: TargetWatch) {
    this.origin = origin
    this.division = division
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

  get counted(): number {
    return this.calls - this.#writtenOff
  }

  /**
   * A call may go out: at once, or when others have ended. To be told when it has ended ({@link leave}).
   * @param until closes when the caller leaves
   * @returns what `leave` is to be told
   * @throws CodedError `TARGET_CIRCUIT_OPEN`, `TOO_MANY_CALLS`; also rejects with them
   */
  enter(until: Closable): MaybePromise<number> {
    this.idleLooks = 0
    const circuit = this.#circuit
    if (circuit?.isOpen) return this.#enterOpen(circuit)
    if (this.waiting === 0 && this.division.hasRoom(this)) return this.begin()
    if (circuit?.isDue) {
      this.#open(circuit)
      return this.#enterOpen(circuit)
    }
    return this.division.lineUp(this, until)
  }

  begin(): number {
    this.calls += 1
    this.division.calls += 1
    return this.#epoch
  }

  leave(ticket: number): void {
    this.calls -= 1
    this.division.calls -= 1
    if (ticket !== this.#epoch) this.#writtenOff -= 1
    this.division.serveLine()
    this.#watch.onLeft(this)
  }

  /**
   * A call is sent. If the circuit is open, this is where it becomes the probe: what is refused before would use up the
   * pause, and tell nothing.
   * @throws CodedError `TARGET_CIRCUIT_OPEN`: another one has become the probe
   */
  goesOut(): void {
    const circuit = this.#circuit
    if (!circuit?.isOpen) return
    const now = this.#watch.now()
    if (!circuit.takeProbe(now)) throw this.#circuitRefusal(circuit, now)
  }

  /** The caller has left before an answer, so that this call tells nothing. */
  abandoned(): void {
    this.#circuit?.giveBack(this.#watch.now())
  }

  /** It has answered a call, whatever it said, or has shown otherwise that it is there. */
  answered(): void {
    if (this.#circuit === undefined) return
    const wasOpen = this.#circuit.isOpen
    this.forgive()
    if (wasOpen) this.#watch.onClosed(this)
  }

  /** Its failures count no more. */
  forgive(): void {
    if (this.#circuit === undefined) return
    this.#circuit = undefined
    this.division.failing -= 1
  }

  /** A call failed because it is down. */
  failed(code: TransportCode): void {
    const circuit = this.#noteFailure(code)
    if (circuit?.isDue) this.#open(circuit)
  }

  /**
   * A call has not been answered for long. The target may only be slow, so the circuit opens no sooner than it has no
   * room left, where calls would be refused anyway, or than such a call has failed ({@link gaveUp}).
   */
  hangs(): void {
    this.#noteFailure('TIMEOUT')
  }

  gaveUp(): void {
    if (this.#circuit?.isDue) this.#open(this.#circuit)
  }

  /** Its connection was closed as it cost too much: whatever it answers, no call goes to it before the pause is over. */
  costsTooMuch(): void {
    const circuit = this.#noteFailure('TARGET_TOO_COSTLY')
    if (circuit?.isOpen === false) this.#open(circuit)
  }

  #noteFailure(code: TransportCode): Circuit | undefined {
    if (this.#watch.circuits.failures === 0) return undefined
    const circuit = this.#circuit ?? this.#newCircuit()
    circuit?.fail(code)
    return circuit
  }

  #open(circuit: Circuit): void {
    const { now } = this.#watch
    circuit.open(now())
    // Otherwise those that hang would leave it no room when it answers again, until their time is over.
    this.#epoch += 1
    this.#writtenOff = this.calls
    this.#watch.onOpened(this, circuit)
    this.division.refuseLine(this, () => this.#circuitRefusal(circuit, now()))
  }

  /** What may become a probe comes in whatever else is in flight. */
  #enterOpen(circuit: Circuit): number {
    const now = this.#watch.now()
    if (circuit.mayProbe(now)) return this.begin()
    throw this.#circuitRefusal(circuit, now)
  }

  refusal(): CodedError {
    this.#watch.onRefused('limit')
    return tooManyCallsTo(this.origin)
  }

  #newCircuit(): Circuit | undefined {
    if (this.division.failing >= failingTargetsOfAccount) return undefined
    this.division.failing += 1
    this.#circuit = new Circuit(this.#watch.circuits)
    return this.#circuit
  }

  #circuitRefusal(circuit: Circuit, now: number): CodedError {
    this.#watch.onRefused('circuit')
    return circuitOpen(this.origin, circuit, now)
  }
}
