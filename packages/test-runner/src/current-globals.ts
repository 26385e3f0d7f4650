/** What tests import from `@jest/globals`. */
export type JestGlobals = Readonly<Record<string, unknown>>

let current: JestGlobals = {}

/** The globals of the test file that runs next: jest-circus makes new ones for each. */
export function provideGlobals(globals: JestGlobals): void {
  current = globals
}

export function currentGlobals(): JestGlobals {
  return current
}
