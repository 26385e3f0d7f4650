import { keepCase, readCorpus } from './corpus.ts'
import type { Coverage } from './coverage.ts'
import { minimise } from './minimise.ts'
import { mutate } from './mutator.ts'
import { pick, type Random, seededRandom } from './random.ts'
import { type FuzzTarget, findingKey, type OpenTarget, type Verdict } from './target.ts'

export interface Finding {
  readonly target: string
  readonly finding: string
  /** Path of the smallest case that shows it. */
  readonly path: string
  /** How often it was seen. */
  times: number
}

const minimiseMs = 20_000

/** Runs cases against one target, batch by batch: first those that are kept, then what is made of them. */
export class Campaign {
  readonly findings: Finding[] = []
  cases = 0
  readonly #target: FuzzTarget
  readonly #open: OpenTarget
  readonly #coverage: Coverage | undefined
  readonly #begin: (input: Buffer) => void
  readonly #findingsFolder: string
  readonly #random: Random
  /** Cases that reached something that earlier ones had not. */
  readonly #corpus: Buffer[] = []
  readonly #features = new Set<string>()
  /** Findings still to be looked into. */
  readonly #unknown: string[] = []
  #first: Buffer[] = []

  constructor(target: FuzzTarget, open: OpenTarget, options: CampaignOptions) {
    this.#target = target
    this.#open = open
    this.#coverage = options.coverage
    this.#begin = options.begin
    this.#findingsFolder = options.findingsFolder
    this.#random = seededRandom(options.seed)
  }

  get corpus(): readonly Buffer[] {
    return this.#corpus
  }

  /** What was reached: characters of code, and features. */
  get reached(): string {
    const features = `${this.#features.size} features`
    return this.#coverage === undefined ? features : `${this.#coverage.characters} characters, ${features}`
  }

  async start(): Promise<void> {
    const kept = readCorpus(this.#target.name).map(({ input }) => input)
    this.#first = [...kept, ...(await this.#target.seeds())]
  }

  async step(): Promise<void> {
    const { batch } = this.#target
    const inputs =
      this.#first.length > 0 ? this.#first.splice(0, batch) : Array.from({ length: batch }, () => this.#next())
    const verdicts = await this.#run(inputs)
    this.cases += inputs.length
    await this.#keepNew(inputs, verdicts)
    for (const { finding } of verdicts) if (finding !== undefined) this.#count(finding)
    for (const finding of this.#unknown.splice(0)) await this.#found(inputs, verdicts, finding)
  }

  /** The smallest part of the corpus that reaches as much, short cases first. */
  async smallestCorpus(): Promise<readonly Buffer[]> {
    const coverage = this.#coverage
    if (this.#target.covered !== undefined) coverage?.watch(this.#target.covered)
    const features = new Set<string>()
    const smallest: Buffer[] = []
    for (const input of this.#corpus.toSorted((one, other) => one.length - other.length)) {
      const [verdict] = await this.#run([input])
      const hasReached = [coverage?.hasNew(true), hasNewFeature(features, verdict)]
      if (hasReached.includes(true)) smallest.push(input)
    }
    return smallest
  }

  #next(): Buffer {
    const { generate, dictionary, maxBytes } = this.#target
    if (generate !== undefined && (this.#corpus.length === 0 || this.#random(4) === 0)) return generate(this.#random)
    // The latest cases lead on; the others get another look now and then.
    const others = this.#corpus.length === 0 ? [Buffer.alloc(0)] : this.#corpus
    const latest = this.#random(2) === 0 ? others.slice(-32) : others
    const chosen = pick(this.#random, latest)
    if (this.#target.mutate !== undefined && this.#random(2) === 0) return this.#target.mutate(chosen, this.#random)
    return mutate(chosen, this.#random, { dictionary, others, maxBytes })
  }

  #run(inputs: readonly Buffer[]): Promise<readonly Verdict[]> {
    return this.#open.run(inputs, (index) => this.#begin(inputs[index] ?? Buffer.alloc(0)))
  }

  async #keepNew(inputs: readonly Buffer[], verdicts: readonly Verdict[]): Promise<void> {
    const byFeatures = inputs.filter((_, index) => hasNewFeature(this.#features, verdicts[index]))
    this.#corpus.push(...byFeatures)
    if (!this.#coverage?.hasNew(false)) return
    for (const input of inputs) {
      await this.#run([input])
      if (this.#coverage.hasNew(true) && !byFeatures.includes(input)) this.#corpus.push(input)
    }
  }

  /** Counts a known finding once more. */
  #count(finding: string): void {
    const known = this.findings.find((each) => findingKey(each.finding) === findingKey(finding))
    if (known !== undefined) known.times += 1
    else if (!this.#unknown.some((each) => findingKey(each) === findingKey(finding))) this.#unknown.push(finding)
  }

  /** Finds the case of the batch that shows it alone, and makes that smaller. */
  async #found(inputs: readonly Buffer[], verdicts: readonly Verdict[], finding: string): Promise<void> {
    const key = findingKey(finding)
    let shown: string | undefined
    const fails = async (candidate: Buffer) => {
      const [verdict] = await this.#run([candidate])
      const isSame = verdict?.finding !== undefined && findingKey(verdict.finding) === key
      if (isSame) shown = verdict.finding
      return isSame
    }
    const blamed = inputs.filter((_, index) => findingKey(verdicts[index]?.finding ?? '') === key)
    const until = performance.now() + minimiseMs
    let smallest = blamed[0] ?? Buffer.alloc(0)
    for (const input of blamed) {
      if (!(await fails(input))) continue
      smallest = await minimise(input, fails, () => performance.now() < until)
      break
    }
    const path = keepCase(this.#findingsFolder, smallest)
    const told = shown ?? `${finding} (among ${blamed.length} cases, and not again by one alone)`
    this.findings.push({ target: this.#target.name, finding: told, path, times: 1 })
  }
}

export interface CampaignOptions {
  /** Where cases with findings are kept. */
  readonly findingsFolder: string
  readonly seed: number
  readonly coverage: Coverage | undefined
  /** Called with each case before it is run. */
  readonly begin: (input: Buffer) => void
}

/** The features are known afterwards. */
function hasNewFeature(known: Set<string>, verdict: Verdict | undefined): boolean {
  const fresh = (verdict?.features ?? []).filter((feature) => !known.has(feature))
  for (const feature of fresh) known.add(feature)
  return fresh.length > 0
}
