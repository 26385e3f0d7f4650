import { rmSync } from 'node:fs'
import { keepCase, keepNotRepeated } from './corpus.ts'
import { minimise } from './minimise.ts'
import { findingKey, type Verdict } from './target.ts'

export interface Finding {
  readonly target: string
  finding: string
  /** The file of the smallest case that shows it. */
  path: string
  /** What more there is to say of how it was seen; empty if one case alone shows it. */
  readonly remark: string
  /** How often it was seen. */
  times: number
}

export interface FindingsOptions {
  /** Where the cases are kept that show something. */
  readonly findingsFolder: string
  /** Where those are kept that showed something once. */
  readonly notRepeatedFolder: string
  /** There is one more, of either kind. */
  readonly found: () => void
}

/** For the cases of a batch that are tried alone, and for making one smaller. */
const lookMs = 20_000

/** What was found in the cases of one target. */
export class Findings {
  readonly repeated: Finding[] = []
  /**
   * Neither one case nor the batch showed it again, in the same process: it came of a busy machine, or of what cases
   * before had left. It is no finding, and nothing to be lost either.
   */
  readonly notRepeated: Finding[] = []
  readonly #target: string
  readonly #options: FindingsOptions
  readonly #run: (inputs: readonly Buffer[]) => Promise<readonly Verdict[]>

  constructor(
    target: string,
    options: FindingsOptions,
    run: (inputs: readonly Buffer[]) => Promise<readonly Verdict[]>,
  ) {
    this.#target = target
    this.#options = options
    this.#run = run
  }

  /** Those that are known count once more, the others are looked into. */
  async take(inputs: readonly Buffer[], verdicts: readonly Verdict[]): Promise<void> {
    const unknown = new Set<string>()
    for (const { finding } of verdicts) {
      if (finding === undefined) continue
      const key = findingKey(finding)
      const known = ofKey(this.repeated, key)
      if (known === undefined) unknown.add(key)
      else known.times += 1
    }
    for (const key of unknown) await this.#look(inputs, verdicts, key)
  }

  /** Looks for the case of the batch that shows it alone, and makes that smaller. */
  async #look(inputs: readonly Buffer[], verdicts: readonly Verdict[], key: string): Promise<void> {
    let finding = ''
    const shows = (verdict: Verdict | undefined) => {
      if (verdict?.finding === undefined || findingKey(verdict.finding) !== key) return false
      finding = verdict.finding
      return true
    }
    const fails = async (candidate: Buffer) => shows((await this.#run([candidate]))[0])
    const blamed = inputs.filter((_, index) => shows(verdicts[index]))
    const until = performance.now() + lookMs
    const alone = await firstThat(fails, blamed, until)
    const by = `by ${blamed.length} of ${inputs.length} cases together`
    const first = alone ?? blamed[0] ?? Buffer.alloc(0)
    if (alone === undefined && !(await this.#run(inputs)).some(shows)) return this.#keepNotRepeated(first, finding, by)
    const remark = alone === undefined ? `${by}, and by none alone` : ''
    const path = keepCase(this.#options.findingsFolder, first)
    const found = { target: this.#target, finding, remark, path, times: 1 }
    this.repeated.push(found)
    this.#options.found()
    if (alone === undefined) return
    const smallest = await minimise(alone, fails, () => performance.now() < until)
    Object.assign(found, { finding, path: keepCase(this.#options.findingsFolder, smallest) })
    if (found.path !== path) rmSync(path)
  }

  #keepNotRepeated(input: Buffer, finding: string, remark: string): void {
    const path = keepNotRepeated(this.#options.notRepeatedFolder, input, `${finding} (${remark})`)
    const known = ofKey(this.notRepeated, findingKey(finding))
    if (known === undefined) this.notRepeated.push({ target: this.#target, finding, remark, path, times: 1 })
    else known.times += 1
    this.#options.found()
  }
}

async function firstThat(
  fails: (input: Buffer) => Promise<boolean>,
  inputs: readonly Buffer[],
  until: number,
): Promise<Buffer | undefined> {
  for (const input of inputs) {
    if (performance.now() > until) return undefined
    if (await fails(input)) return input
  }
  return undefined
}

function ofKey(findings: readonly Finding[], key: string): Finding | undefined {
  return findings.find((each) => findingKey(each.finding) === key)
}
