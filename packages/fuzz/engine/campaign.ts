import { readCorpus } from './corpus.ts'
import type { Coverage } from './coverage.ts'
import { Findings, type FindingsOptions } from './findings.ts'
import { mutate } from './mutator.ts'
import { pick, type Random, seededRandom } from './random.ts'
import type { FuzzTarget, OpenTarget, Verdict } from './target.ts'

/** If a target has endlessly many features, only the latest cases are kept. */
const maxCorpus = { cases: 2_000, bytes: 32 * 1_024 * 1_024 }

/** Runs cases against one target, batch by batch: first those that are kept, then what is made of them. */
export class Campaign {
  readonly findings: Findings
  cases = 0
  readonly #target: FuzzTarget
  readonly #open: OpenTarget
  readonly #coverage: Coverage | undefined
  readonly #begin: CampaignOptions['begin']
  readonly #random: Random
  /** Cases that reached something that earlier ones had not. */
  readonly #corpus: Buffer[] = []
  #corpusBytes = 0
  readonly #features = new Set<string>()
  #first: Buffer[] = []

  constructor(target: FuzzTarget, open: OpenTarget, options: CampaignOptions) {
    this.#target = target
    this.#open = open
    this.#coverage = options.coverage
    this.#begin = options.begin
    this.findings = new Findings(target.name, options, (inputs) => this.#run(inputs))
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

  /** @param again these cases alone are looked at, as one batch */
  async start(again?: readonly Buffer[]): Promise<void> {
    if (again !== undefined) return void this.#first.push(...again)
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
    await this.findings.take(inputs, verdicts)
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
    return this.#open.run(inputs, (index) => this.#begin(inputs, index))
  }

  async #keepNew(inputs: readonly Buffer[], verdicts: readonly Verdict[]): Promise<void> {
    const byFeatures = inputs.filter((_, index) => hasNewFeature(this.#features, verdicts[index]))
    for (const input of byFeatures) this.#keep(input)
    if (!this.#coverage?.hasNew(false)) return
    for (const input of inputs) {
      await this.#run([input])
      if (this.#coverage.hasNew(true) && !byFeatures.includes(input)) this.#keep(input)
    }
  }

  #keep(input: Buffer): void {
    // A copy: the input may be a part of something larger, which would be kept with it.
    this.#corpus.push(Buffer.from(input))
    this.#corpusBytes += input.length
    while (this.#corpus.length > maxCorpus.cases || this.#corpusBytes > maxCorpus.bytes)
      this.#corpusBytes -= this.#corpus.shift()?.length ?? 0
  }
}

export interface CampaignOptions extends FindingsOptions {
  readonly seed: number
  readonly coverage: Coverage | undefined
  /** Told of each case before it is looked at. */
  readonly begin: (batch: readonly Buffer[], index: number) => void
}

/** The features are known afterwards. */
function hasNewFeature(known: Set<string>, verdict: Verdict | undefined): boolean {
  const fresh = (verdict?.features ?? []).filter((feature) => !known.has(feature))
  for (const feature of fresh) known.add(feature)
  return fresh.length > 0
}
