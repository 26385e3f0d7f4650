import { type Profiler, Session } from 'node:inspector'

/**
 * Which parts of some scripts have run in this process, by V8's block coverage. Asking costs about a millisecond, so it
 * is done for many cases at once, and for single ones only if those have reached something new.
 */
export class Coverage {
  readonly #session = new Session()
  #scripts = /(?:)/
  /** A byte for each character: 1 if it has run. */
  readonly #run = new Map<string, Uint8Array>()

  /** To be created before the scripts are loaded. */
  constructor() {
    this.#session.connect()
    this.#session.post('Profiler.enable')
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  }

  /** Characters of code that have run. */
  get characters(): number {
    return [...this.#run.values()].reduce((sum, each) => sum + each.reduce((count, isRun) => count + isRun, 0), 0)
  }

  /** From now on scripts with such urls count, and none of their code has run. */
  watch(scripts: RegExp): void {
    this.#scripts = scripts
    this.#run.clear()
    this.#take()
  }

  /** Whether anything ran since the last time that had never run before. With `keep` it is known afterwards. */
  hasNew(keep: boolean): boolean {
    let hasNew = false
    for (const { url, functions } of this.#take()) {
      const now = runIn(functions)
      const before = this.#run.get(url) ?? new Uint8Array(0)
      const all = new Uint8Array(Math.max(now.length, before.length))
      all.set(before)
      for (let at = 0; at < now.length; at++) {
        if (now[at] === 0 || all[at] === 1) continue
        hasNew = true
        all[at] = 1
      }
      if (keep) this.#run.set(url, all)
    }
    return hasNew
  }

  close(): void {
    this.#session.disconnect()
  }

  /** What ran since the last time, after which V8 counts anew. In the same thread it answers at once. */
  #take(): readonly Profiler.ScriptCoverage[] {
    let taken: readonly Profiler.ScriptCoverage[] = []
    this.#session.post('Profiler.takePreciseCoverage', (error, { result }) => {
      if (error !== null) throw error
      taken = result.filter(({ url }) => this.#scripts.test(url))
    })
    return taken
  }
}

/** Functions come outermost first, and so do the blocks within one, so a later range overrides an earlier one. */
function runIn(functions: readonly Profiler.FunctionCoverage[]): Uint8Array {
  const ranges = functions.flatMap((each) => each.ranges)
  const run = new Uint8Array(Math.max(0, ...ranges.map(({ endOffset }) => endOffset)))
  for (const { startOffset, endOffset, count } of ranges) run.fill(count > 0 ? 1 : 0, startOffset, endOffset)
  return run
}
