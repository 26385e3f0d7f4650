import { readFileSync } from 'node:fs'
import { CodedError, isCodedError, parseAccountId, type ServiceCatalogue, scopes } from '@mtls-gateway/domain'
import { z } from 'zod'

type RawEntry = Readonly<Record<string, unknown>>

/** A file of the operator in JSON: an object with one list of entries. */
interface EntriesFile {
  /** The setting that names it. */
  readonly variable: string
  readonly file: string
  readonly list: string
  /** How an entry may begin, for people. */
  readonly example: string
  /** For people, in a line: as what its faults name an entry, behind its line. */
  readonly nameOf: (raw: RawEntry, index: number) => string
}

/**
 * @throws CodedError `CONFIGURATION_INVALID` that reports all errors at once, each with the line and name of its entry
 */
export function readEntries<Entry>(
  { variable, file, list, example, nameOf }: EntriesFile,
  schema: z.ZodType<Entry>,
): readonly Entry[] {
  const text = readText(variable, file)
  const raws = entriesOf(text, list, `it is not JSON like {"${list}": [${example}]}`)
  if (typeof raws === 'string') throw invalid(variable, file, [raws])
  const results = raws.map((raw) => schema.safeParse(raw))
  const lines = linesOfEntries(text)
  const faults = results.flatMap(({ error }, at) =>
    (error?.issues ?? []).map((issue) => `line ${lines[at] ?? '?'}, ${nameOf(raws[at] ?? {}, at)}: ${faultOf(issue)}`),
  )
  if (faults.length > 0) throw invalid(variable, file, faults)
  return results.flatMap(({ success, data }) => (success ? [data] : []))
}

export function invalid(variable: string, file: string, faults: readonly string[]): CodedError {
  const all = faults.map((fault) => `- ${fault}`).join('\n')
  return new CodedError('CONFIGURATION_INVALID', `${variable} (${file}) is not valid:\n${all}`)
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

/** Text of which `parse` makes a value, or throws a CodedError. */
function parsed<Value>(parse: (text: string) => Value, fault: string) {
  return z.string().transform((text, context) => {
    try {
      return parse(text)
    } catch (error) {
      if (!isCodedError(error)) throw error
      context.addIssue(fault)
      return z.NEVER
    }
  })
}

export const account = parsed(parseAccountId, 'is not an account')

function setOf<Member>(member: z.ZodType<Member>) {
  return z
    .array(member)
    .min(1)
    .transform((members): ReadonlySet<Member> => new Set(members))
}

/** What a rule gives to whom it is for. */
export function grants(catalogue: ServiceCatalogue) {
  const service = parsed((name) => catalogue.resolve(name).number, 'is neither a built-in service nor one of SERVICES')
  return {
    accounts: z.union([z.literal('*'), setOf(account)], { error: 'is neither "*" nor a list of accounts' }),
    scopes: setOf(z.enum(scopes)),
    services: z.exactOptional(setOf(service)),
  }
}

/** For a refinement that looks at entries with other faults, too, so that all are told at once. */
export function evenIfFaulty(error: string) {
  return { error, when: ({ value }: { readonly value: unknown }) => value instanceof Object }
}

/** Whoever may change things could map urls for any service, or make an app key for all of them. */
export function isWithinServices({ services, scopes: given }: RawEntry): boolean {
  return services === undefined || (given instanceof Set && [...given].every((scope) => forServices.has(scope)))
}

const forServices: ReadonlySet<unknown> = new Set(['forward', 'mtls:read'])
export const beyondServices = 'limits calls to services, so its scopes can only be forward and mtls:read'

export const pattern = z.string().min(1).max(512)

/** One condition, or a list of them. */
export function conditions<Condition extends z.ZodType>(condition: Condition) {
  return z.preprocess(listed, z.array(condition).max(16))
}

export function hasOneOf(entry: RawEntry, ...names: readonly string[]): boolean {
  return names.filter((name) => entry[name] !== undefined).length === 1
}

/** Zod's messages name what was expected and what type was found, never a value. */
function faultOf({ path, message, code, ...issue }: z.core.$ZodIssue): string {
  if (code === 'unrecognized_keys' && 'keys' in issue) {
    return `${[...path, issue.keys.join(', ')].join('.')}: there is no such setting`
  }
  const isMissing = code === 'invalid_type' && message.endsWith('undefined')
  const fault = message.replace(/^(?:Invalid (?:input|option)|Too small|Too big): /, 'is wrong: ')
  return `${path.join('.')} ${isMissing ? 'is required' : fault}`.trimStart()
}

/** One may stand for a list of one. */
export function listed(value: unknown): unknown {
  return value === undefined || Array.isArray(value) ? value : [value]
}
