import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from './entries.ts'

interface Kept<Answer> {
  readonly facts: string
  readonly answers: Readonly<Record<string, Answer>>
}

/**
 * Answers that cost seconds of processor time and depend only on their question and `facts`: versions, and the text of
 * the code that finds them. They are kept beside the installed packages. What a clean checkout asks first is in
 * `repository/verdicts`, copies of such files from a quiet machine.
 */
export class Remembered<Answer> {
  readonly #file: string
  readonly #facts: string
  readonly #before: ReadonlyMap<string, Answer>
  readonly #asked = new Map<string, Answer>()

  constructor(
    name: string,
    facts: readonly string[],
    directory = join(root, 'node_modules/.cache/mtls-gateway'),
    verdicts = join(import.meta.dirname, '../repository/verdicts'),
  ) {
    this.#file = join(directory, `${name}.json`)
    this.#facts = createHash('sha256').update(JSON.stringify(facts)).digest('hex')
    // A busy machine may have judged wrongly: the checkout's is the last word.
    const files = [this.#file, join(verdicts, `${name}.json`)]
    const kept = files.flatMap((file) => readKept<Answer>(file) ?? [])
    this.#before = new Map(kept.flatMap((each) => (each.facts === this.#facts ? Object.entries(each.answers) : [])))
  }

  get(question: string): Answer | undefined {
    const answer = this.#before.get(question)
    if (answer !== undefined) this.set(question, answer)
    return answer
  }

  set(question: string, answer: Answer): void {
    this.#asked.set(question, answer)
  }

  /** Keeps only what was asked this time, so that the file does not grow. */
  save(): void {
    mkdirSync(dirname(this.#file), { recursive: true })
    const written = `${this.#file}.${process.pid}`
    const kept: Kept<Answer> = { facts: this.#facts, answers: Object.fromEntries(this.#asked) }
    writeFileSync(written, `${JSON.stringify(kept, null, 2)}\n`)
    renameSync(written, this.#file)
  }
}

/** Undefined if there is none, or none that can be read. */
function readKept<Answer>(file: string): Kept<Answer> | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}
