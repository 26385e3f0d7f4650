/** `performance.now()` stands still until a test lets time pass: a machine that stalls makes nothing late. */
export class ManualClock {
  #now = Math.ceil(performance.now())

  constructor() {
    // A mock of node:test would keep each call with its stack, and so what a test wants to be forgotten.
    performance.now = () => this.#now
  }

  /** Timers take no notice: whoever looks at the clock does so at the next one. */
  pass(milliseconds: number): void {
    this.#now += milliseconds
  }

  /** The real one goes on: that of the prototype. */
  close(): void {
    Reflect.deleteProperty(performance, 'now')
  }
}
