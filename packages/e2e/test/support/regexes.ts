import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createContext, Script } from 'node:vm'
import { parseSync } from '@swc/core'
import { type AttackPattern, check, type Diagnostics } from 'recheck'
import { Remembered } from './remembered.ts'

export interface Regex {
  readonly file: string
  readonly source: string
  readonly flags: string
}

interface Slowness {
  readonly verdict: string
  readonly isQuadratic: boolean
  readonly isExponential: boolean
  /** Undefined if it could not be judged. */
  readonly attack: Pick<AttackPattern, 'pumps' | 'suffix'> | undefined
}

/** A regex whose time is not known to be linear in the length of the text. */
export interface SlowRegex extends Regex, Slowness {
  /** `/source/flags` */
  readonly literal: string
}

/** Limit for one regex; the slowest took 7 s on a busy machine. */
const timeoutMs = 300_000

const isNode = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

/** The regex literals of a source, and whether it makes regexes from text at run time. */
export function regexesIn(
  file: string,
  text: string,
): { readonly literals: readonly Regex[]; readonly isDynamic: boolean } {
  const literals: Regex[] = []
  let isDynamic = false
  const collect = (node: unknown): void => {
    if (!isNode(node)) return
    if (node.type === 'RegExpLiteral') literals.push({ file, source: String(node.pattern), flags: String(node.flags) })
    if (isNode(node.callee) && node.callee.value === 'RegExp') isDynamic = true
    for (const child of Object.values(node)) collect(child)
  }
  const isTypeScript = /\.[mc]?tsx?$/.test(file)
  const typescript = { syntax: 'typescript', decorators: true, tsx: file.endsWith('x') } as const
  collect(parseSync(text, isTypeScript ? typescript : { syntax: 'ecmascript' }))
  return { literals, isDynamic }
}

/**
 * Judges each regex once: `npm run lint` and `npm test` both ask, and it takes a minute of two cores. A verdict holds
 * until the regex, recheck, Node or this file changes.
 */
export class RegexJudge {
  readonly #remembered: Remembered<Slowness | 'safe' | 'quick'>

  constructor(name: string) {
    const require = createRequire(import.meta.url)
    const facts = ['recheck/package.json', import.meta.filename].map((file) =>
      readFileSync(require.resolve(file), 'utf8'),
    )
    this.#remembered = new Remembered(name, [...facts, process.version])
  }

  /**
   * The slow regexes, each once. Most are proved to be linear or not. The rest are attacked, and count as slow if the
   * attack takes longer than `attackMs`: a short limit is fast, and a long one is right on a busy machine.
   */
  async slowOnes(regexes: readonly Regex[], attackMs: number): Promise<readonly SlowRegex[]> {
    const slow: SlowRegex[] = []
    for (const [literal, regex] of new Map(regexes.map((each) => [literalOf(each), each]))) {
      const slowness = await this.#slownessOf(regex, literal, attackMs)
      if (slowness !== undefined) slow.push({ ...regex, literal, ...slowness })
    }
    return slow
  }

  /** Whether the worst text of this many characters takes longer than the limit. */
  takesTooLong(regex: SlowRegex, characters: number, limitMs: number): boolean {
    const question = `${characters} characters in ${limitMs} ms: ${regex.literal}`
    if (this.#remembered.get(question) === 'quick') return false
    const isSlow = exceeds(regex, characters, limitMs)
    // A slow verdict is not kept: the machine may just have been busy.
    if (!isSlow) this.#remembered.set(question, 'quick')
    return isSlow
  }

  /** Keeps the verdicts. */
  save(): void {
    this.#remembered.save()
  }

  async #slownessOf({ source, flags }: Regex, literal: string, attackMs: number): Promise<Slowness | undefined> {
    const question = `attacked for ${attackMs} ms: ${literal}`
    const known = this.#remembered.get(question)
    if (known !== undefined) return typeof known === 'string' ? undefined : known
    // recheck does not know the flag v, which means what u does if there are no sets of sets.
    const options = { timeout: timeoutMs, attackTimeout: attackMs }
    const diagnostics = await check(source, flags.replace('v', 'u'), options)
    const slowness = diagnostics.status === 'safe' ? undefined : slownessOf(diagnostics)
    if (diagnostics.status !== 'unknown') this.#remembered.set(question, slowness ?? 'safe')
    return slowness
  }
}

function literalOf({ source, flags }: Regex): string {
  return `/${source}/${flags}`
}

function slownessOf(diagnostics: Diagnostics): Slowness {
  const unknown = { isQuadratic: false, isExponential: false, attack: undefined }
  if (diagnostics.status !== 'vulnerable') return { verdict: 'not judged', ...unknown }
  const { complexity, attack } = diagnostics
  const verdict = `${complexity.summary}, for example ${attack.pattern}`
  const { pumps, suffix } = attack
  const isQuadratic = complexity.type === 'polynomial' && complexity.degree === 2
  return { verdict, isQuadratic, isExponential: complexity.type === 'exponential', attack: { pumps, suffix } }
}

function exceeds({ source, flags, attack }: SlowRegex, characters: number, limitMs: number): boolean {
  if (attack === undefined) return true
  const fixed = attack.pumps.reduce((length, { prefix }) => length + prefix.length, attack.suffix.length)
  const pumped = attack.pumps.reduce((length, { pump }) => length + pump.length, 0)
  const times = Math.max(1, Math.floor((characters - fixed) / pumped))
  const text = attack.pumps.map(({ prefix, pump }) => prefix + pump.repeat(times)).join('') + attack.suffix
  try {
    new Script('new RegExp(source, flags).test(text)').runInContext(createContext({ source, flags, text }), {
      timeout: limitMs,
    })
    return false
  } catch {
    return true
  }
}
