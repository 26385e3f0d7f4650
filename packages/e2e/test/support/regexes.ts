import { createContext, Script } from 'node:vm'
import { parseSync } from '@swc/core'
import { type AttackPattern, check, type Diagnostics } from 'recheck'

export interface Regex {
  readonly file: string
  readonly source: string
  readonly flags: string
}

/** Its time is not known to be linear in the length of the text. */
export interface SlowRegex extends Regex {
  /** `/source/flags` */
  readonly literal: string
  readonly verdict: string
  readonly isExponential: boolean
  /** Undefined where it could not be judged. */
  readonly attack: AttackPattern | undefined
}

/** For one of them; the slowest took 7 s on a machine that was busy. */
const timeoutMs = 300_000

const isNode = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

/** The literals of a source, and whether it makes regexes of text at run time. */
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
 * Those that are slow, each once. Most are proved to be linear or not; the rest is attacked, and one that then takes longer than
 * `attackMs` counts as slow: short is fast, and long is right on a busy machine.
 */
export async function slowRegexes(regexes: readonly Regex[], attackMs: number): Promise<readonly SlowRegex[]> {
  const judged = new Map<string, SlowRegex | undefined>()
  for (const regex of regexes) {
    const literal = `/${regex.source}/${regex.flags}`
    if (judged.has(literal)) continue
    // It does not know the flag v, which without sets of sets means what u does.
    const flags = regex.flags.replace('v', 'u')
    const diagnostics = await check(regex.source, flags, { timeout: timeoutMs, attackTimeout: attackMs })
    judged.set(literal, diagnostics.status === 'safe' ? undefined : { ...regex, literal, ...verdictOf(diagnostics) })
  }
  return [...judged.values()].filter((regex) => regex !== undefined)
}

function verdictOf(diagnostics: Diagnostics): Pick<SlowRegex, 'verdict' | 'isExponential' | 'attack'> {
  if (diagnostics.status !== 'vulnerable') return { verdict: 'not judged', isExponential: false, attack: undefined }
  const { complexity, attack } = diagnostics
  const verdict = `${complexity.summary}, for example ${attack.pattern}`
  return { verdict, isExponential: complexity.type === 'exponential', attack }
}

/** Whether it takes longer than this for the worst text of so many characters. */
export function takesTooLong({ source, flags, attack }: SlowRegex, characters: number, limitMs: number): boolean {
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
