import { readFileSync } from 'node:fs'
import { type AccountId, CodedError, parseAccountId, type ServiceCatalogue, scopes } from '@mtls-gateway/domain'
import type { TokenRule } from '@mtls-gateway/request-auth'
import { z } from 'zod'

export type RawEntry = Readonly<Record<string, unknown>>

/** A file of the operator in JSON: an object with one list of entries. */
export interface EntriesFile {
  /** The setting that names it. */
  readonly variable: string
  readonly file: string
  readonly list: string
  /** How an entry may begin, for people. */
  readonly example: string
}

export interface ReadEntry<Entry> {
  /** For people, in a line: as what its faults name it, behind its line. */
  readonly name: string
  readonly faults: readonly string[]
  /** Undefined if it has faults. */
  readonly entry: Entry | undefined
}

/**
 * @throws CodedError `CONFIGURATION_INVALID` that reports all errors at once, each with the line and name of its entry
 */
export function readEntries<Entry>(
  { variable, file, list, example }: EntriesFile,
  read: (raw: RawEntry, index: number) => ReadEntry<Entry>,
): readonly Entry[] {
  const text = readText(variable, file)
  const raws = entriesOf(text, list, `it is not JSON like {"${list}": [${example}]}`)
  const faults = typeof raws === 'string' ? [raws] : []
  const lines = linesOfEntries(text)
  const entries: Entry[] = []
  for (const [index, raw] of typeof raws === 'string' ? [] : raws.entries()) {
    const { name, faults: own, entry } = read(raw, index)
    faults.push(...own.map((fault) => `line ${lines[index] ?? '?'}, ${name}: ${fault}`))
    if (entry !== undefined) entries.push(entry)
  }
  if (faults.length === 0) return entries
  const all = faults.map((fault) => `- ${fault}`).join('\n')
  throw new CodedError('CONFIGURATION_INVALID', `${variable} (${file}) is not valid:\n${all}`)
}

/** @throws CodedError `CONFIGURATION_INVALID` */
export function readText(variable: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new CodedError('CONFIGURATION_INVALID', `${variable} (${file}) cannot be read: ${code}.`, { cause })
  }
}

/** What is wrong with the text, or its entries. */
function entriesOf(text: string, list: string, shape: string): string | readonly RawEntry[] {
  const schema = z.strictObject({ [list]: z.array(z.record(z.string(), z.unknown())).min(1) })
  try {
    return schema.safeParse(JSON.parse(text)).data?.[list] ?? shape
  } catch {
    // The parser's message quotes the file, and names the line of some faults only.
    return `line ${lineOfFault(text)}: ${shape}`
  }
}

/** Where a text stops to be JSON: up to there, each beginning of it fails at its own end, or does not fail. */
function lineOfFault(text: string): number {
  let [good, length] = [0, text.length]
  while (good < length) {
    const middle = Math.ceil((good + length) / 2)
    if (isJsonSoFar(text.slice(0, middle))) good = middle
    else length = middle - 1
  }
  return text.slice(0, good + 1).split('\n').length
}

function isJsonSoFar(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch (error) {
    return /Unexpected end/.test(String(error)) || String(error).includes(`at position ${text.length} `)
  }
}

/** On which line each object begins that is in a list of the outermost object. */
function linesOfEntries(text: string): readonly number[] {
  const lines: number[] = []
  let [line, depth] = [1, 0]
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"?|[{}[\]\n]/g)) {
    if (token === '\n') line += 1
    else if (token === '}' || token === ']') depth -= 1
    else if (token === '{' || token === '[') {
      if (token === '{' && depth === 2) lines.push(line)
      depth += 1
    }
  }
  return lines
}

/** What a rule gives to whom it is for. */
export const ruleGrants = {
  accounts: z.exactOptional(
    z.union([z.literal('*'), z.array(z.string().transform(toAccount)).min(1)], {
      error: 'is neither "*" nor a list of accounts',
    }),
  ),
  scopes: z.exactOptional(z.array(z.enum(scopes)).min(1)),
  services: z.exactOptional(z.array(z.string()).min(1)),
}

export const pattern = z.string().min(1).max(512)

/** One condition, or a list of them. */
export function conditions<Condition extends z.ZodType>(condition: Condition) {
  return z.preprocess(listed, z.array(condition).max(16))
}

/**
 * What is wrong with the services of a rule.
 * @param name of the rule, with a dot behind it; empty where the entry is the rule
 */
export function faultsOfServices(rule: RawEntry, name: string, catalogue: ServiceCatalogue): readonly string[] {
  const { services, scopes: given } = rule
  if (!Array.isArray(services)) return []
  const faults: string[] = []
  if (services.some((service) => !isService(service, catalogue))) {
    faults.push(`${name}services has one that SERVICES does not have`)
  }
  // Whoever may change things could map urls for any service, or make an app key for all of them.
  if (!Array.isArray(given) || given.some((scope) => !['forward', 'mtls:read'].includes(scope))) {
    const which = name === '' ? 'it' : name.slice(0, -1)
    faults.push(`${which} limits calls to services, so its scopes can only be forward and mtls:read`)
  }
  return faults
}

function isService(name: unknown, { services }: ServiceCatalogue): boolean {
  return services.some((service) => service.name === name || service.number === name)
}

/** The numbers of the services of a rule without faults. */
export function servicesOf(
  names: readonly string[] | undefined,
  catalogue: ServiceCatalogue,
): Pick<TokenRule, 'services'> {
  return { services: names && new Set(names.map((name) => catalogue.resolve(name).number)) }
}

export function countOf(raw: RawEntry, ...names: string[]): number {
  return names.filter((name) => raw[name] !== undefined).length
}

/** Zod's messages name what was expected and what type was found, never a value. */
export function faultOf({ path, message, code, ...issue }: z.core.$ZodIssue): string {
  if (code === 'unrecognized_keys' && 'keys' in issue) {
    return `${[...path, issue.keys.join(', ')].join('.')}: there is no such setting`
  }
  const isMissing = code === 'invalid_type' && message.endsWith('undefined')
  return `${path.join('.')} ${isMissing ? 'is required' : message.replace(/^(?:Invalid (?:input|option)|Too small|Too big): /, 'is wrong: ')}`
}

/** One may stand for a list of one. */
export function listed(value: unknown): unknown {
  return value === undefined || Array.isArray(value) ? value : [value]
}

function toAccount(text: string, context: z.RefinementCtx): AccountId {
  try {
    return parseAccountId(text)
  } catch {
    context.addIssue({ code: 'custom', message: 'is not an account' })
    return z.NEVER
  }
}
