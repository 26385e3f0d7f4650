import { Asn1Error } from '../asn1.ts'
import { maxIterations } from '../input/limits.ts'
import { exportAgain } from '../report/commands.ts'
import { Fault } from '../report/fault.ts'

/** The file needs more iterations than this child may spend, so it belongs to the child for expensive files. */
export class NeedsExpensiveChild extends Error {
  override readonly name = 'NeedsExpensiveChild'
}

/** Counts the iterations that a file needs before any key is derived. */
export class IterationBudget {
  readonly #allowance: number
  #sum = 0n
  #highest = 0n

  constructor(allowance: number) {
    this.#allowance = allowance
  }

  /** The highest count, for the report. */
  get highest(): number {
    return Number(this.#highest)
  }

  /** @throws Fault `P12_TOO_EXPENSIVE`, NeedsExpensiveChild, Asn1Error (a negative count) */
  add(counts: readonly bigint[]): void {
    for (const count of counts) {
      if (count < 0n) throw new Asn1Error('iterations: less than none')
      this.#sum += count
      if (count > this.#highest) this.#highest = count
    }
    if (this.#sum > BigInt(maxIterations)) {
      throw new Fault(
        'P12_TOO_EXPENSIVE',
        `The file asks for ${this.#sum} key derivation iterations; at most ${maxIterations} are done, as in Java.`,
        exportAgain(),
      )
    }
    if (this.#sum > BigInt(this.#allowance)) throw new NeedsExpensiveChild()
  }
}
