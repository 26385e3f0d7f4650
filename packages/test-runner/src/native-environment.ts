import { LeftRunning } from './left-running.ts'

/** How a project's test files are run: its `testEnvironmentOptions`. */
export interface NativeOptions {
  /** Variables that they see. */
  readonly env?: Readonly<Record<string, string>>
  /** What its tests need and the machine lacks: they are skipped. */
  readonly missing?: readonly string[]
  /** Limit of a test or hook, in milliseconds; 5,000 by default. */
  readonly timeoutMs?: number
}

/** What jest-circus tells of a file that it runs, as far as it is looked at here. */
interface TestEvent {
  readonly name: string
  /** With `test_done`. */
  readonly test?: { readonly errors: readonly unknown[] }
}

/** What jest-circus knows of the file: everything is in this block. */
interface TestState {
  readonly rootDescribeBlock: { mode?: 'skip' }
}

/** Where `jest.setTimeout` leaves it for jest-circus. */
const timeout = Symbol.for('TEST_TIMEOUT_SYMBOL')

/** Jest's `testEnvironment` with the worker's own globals: what Node throws is an instance of a test's `Error`. */
export default class NativeEnvironment {
  readonly global = globalThis
  readonly fakeTimers = null
  readonly fakeTimersModern = null
  readonly moduleMocker = null
  readonly #console = globalThis.console
  readonly #exit = process.exit
  readonly #leftRunning = new LeftRunning()
  readonly #envBefore: Readonly<Record<string, string | undefined>>
  readonly #isSkipped: boolean
  #hasFailed = false

  constructor({ projectConfig }: { readonly projectConfig: { readonly testEnvironmentOptions: NativeOptions } }) {
    const { env = {}, missing = [], timeoutMs } = projectConfig.testEnvironmentOptions
    this.#envBefore = Object.fromEntries(Object.keys(env).map((name) => [name, process.env[name]]))
    Object.assign(process.env, env)
    this.#isSkipped = missing.length > 0
    Object.assign(globalThis, { [timeout]: timeoutMs })
  }

  /** Stacks name files by path, without the query that loads them anew. */
  async setup(): Promise<void> {
    const format = Error.prepareStackTrace
    Error.prepareStackTrace = (error, frames) =>
      String(format?.(error, frames)).replaceAll(/file:\/\/(\/[^\s?)]+)(\?file=\d+)?/g, '$1')
  }

  handleTestEvent({ name, test }: TestEvent, { rootDescribeBlock }: TestState): void {
    // Before the file is loaded: its blocks inherit it.
    if (name === 'setup' && this.#isSkipped) rootDescribeBlock.mode = 'skip'
    if (name === 'hook_failure' || (test?.errors.length ?? 0) > 0) this.#hasFailed = true
  }

  async teardown(): Promise<void> {
    for (const [name, value] of Object.entries(this.#envBefore)) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
    // Jest replaces both for each file.
    globalThis.console = this.#console
    process.exit = this.#exit
    // An error here would take the place of those of the file, which may be why something was left.
    if (this.#hasFailed) return
    const left = await this.#leftRunning.found()
    if (left.length > 0)
      throw new Error(`This file leaves running: ${left.join(', ')}. End what it starts in afterAll.`)
  }

  exportConditions(): string[] {
    return ['node', 'node-addons']
  }

  getVmContext(): typeof globalThis {
    return globalThis
  }
}
