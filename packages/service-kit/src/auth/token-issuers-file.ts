import { createPublicKey, type JsonWebKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type AccountId, CodedError, parseAccountId, type ServiceCatalogue, scopes } from '@mtls-gateway/domain'
import { type JwtVerifierOptions, type KeySource, type TokenKeySet, tokenAlgorithms } from '@mtls-gateway/request-auth'
import { z } from 'zod'
import { isServiceUrl } from '../configuration/fields.ts'

/** An issuer as the file has it. */
export interface IssuerEntry extends Omit<JwtVerifierOptions, 'keys' | 'clock'> {
  /** Its issuer, or else its trust domain. */
  readonly name: string
  readonly keys: KeySource | TokenKeySet
}

const claimName = z.string().min(1).max(256)
const claimPath = z.preprocess(listed, z.tuple([claimName], claimName))
const condition = z.strictObject({ claim: claimPath, matches: z.string().min(1).max(512) })

const rule = z.strictObject({
  when: z.preprocess(listed, z.array(condition).max(16)).default([]),
  accounts: z.exactOptional(
    z.union([z.literal('*'), z.array(z.string().transform(toAccount)).min(1)], {
      error: 'is neither "*" nor a list of accounts',
    }),
  ),
  accountsClaim: z.exactOptional(claimPath),
  scopes: z.exactOptional(z.array(z.enum(scopes)).min(1)),
  scopeClaim: z.exactOptional(claimPath),
  services: z.exactOptional(z.array(z.string()).min(1)),
})

const keyFault = 'is not a public key as a JWK (RSA of 2048 bits or more, EC or Ed25519)'

const url = z.string().refine(isServiceUrl, 'is not an https url (http is for this host alone)')

const issuerSchema = z.strictObject({
  issuer: z.exactOptional(z.string().min(1).max(2_048)),
  trustDomain: z.exactOptional(z.string().regex(/^[a-z0-9._-]{1,255}$/, 'is not the name of a trust domain')),
  jwksUrl: z.exactOptional(url),
  discovery: z.exactOptional(z.literal(true)),
  keys: z.exactOptional(
    z.object({ keys: z.array(z.record(z.string(), z.unknown()).refine(isPublicKey, keyFault)).min(1) }),
  ),
  audience: z.preprocess(listed, z.array(z.string().min(1).max(1_024)).min(1)),
  algorithms: z.exactOptional(z.array(z.enum(tokenAlgorithms)).min(1)),
  type: z.exactOptional(z.string().min(1).max(256)),
  rules: z.array(rule).min(1),
})

const shape = 'it is not JSON like {"issuers": [{"issuer": ...}]}'

/**
 * @param file path of the issuers in JSON
 * @param others names of issuers that are configured elsewhere
 * @throws CodedError `CONFIGURATION_INVALID` that reports all errors at once, each with the line and name of its issuer
 */
export function readTokenIssuers(
  file: string,
  services: ServiceCatalogue,
  others: readonly string[] = [],
): readonly IssuerEntry[] {
  const text = readText(file)
  const issuers = entriesOf(text)
  const faults = typeof issuers === 'string' ? [issuers] : []
  const lines = linesOfEntries(text)
  const names = new Set(others)
  const entries: IssuerEntry[] = []
  for (const [index, raw] of typeof issuers === 'string' ? [] : issuers.entries()) {
    const result = issuerSchema.safeParse(raw)
    const own = [...(result.error?.issues ?? []).map(faultOf), ...contradictions(raw, services)]
    for (const name of [raw.issuer, raw.trustDomain].filter((each) => typeof each === 'string')) {
      if (names.has(name)) own.push('another one has this issuer or trust domain')
      names.add(name)
    }
    const place = `line ${lines[index] ?? '?'}, ${nameOf(raw) ?? `issuer ${index + 1}`}`
    faults.push(...own.map((fault) => `${place}: ${fault}`))
    if (result.success && own.length === 0) entries.push(entryOf(result.data, services))
  }
  if (faults.length === 0) return entries
  const list = faults.map((fault) => `- ${fault}`).join('\n')
  throw new CodedError('CONFIGURATION_INVALID', `TOKEN_ISSUERS_FILE (${file}) is not valid:\n${list}`)
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new CodedError('CONFIGURATION_INVALID', `TOKEN_ISSUERS_FILE (${file}) cannot be read: ${code}.`, { cause })
  }
}

/** What is wrong with the text, or its issuers. */
function entriesOf(text: string): string | readonly Readonly<Record<string, unknown>>[] {
  const schema = z.strictObject({ issuers: z.array(z.record(z.string(), z.unknown())).min(1) })
  try {
    return schema.safeParse(JSON.parse(text)).data?.issuers ?? shape
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

/** What no setting has to be by itself, but all of them together. */
function contradictions(entry: Readonly<Record<string, unknown>>, services: ServiceCatalogue): readonly string[] {
  const faults: string[] = []
  const count = (of: Readonly<Record<string, unknown>>, ...names: string[]) =>
    names.filter((name) => of[name] !== undefined).length
  if (count(entry, 'issuer', 'trustDomain') === 0) faults.push('issuer is required, or trustDomain')
  if (count(entry, 'jwksUrl', 'discovery', 'keys') !== 1) faults.push('needs one of jwksUrl, discovery and keys')
  if (entry.discovery === true && !(typeof entry.issuer === 'string' && isServiceUrl(entry.issuer))) {
    faults.push('discovery needs an issuer that is an https url (http is for this host alone)')
  }
  for (const [index, each] of Array.isArray(entry.rules) ? entry.rules.entries() : []) {
    const given: Readonly<Record<string, unknown>> = { ...(each instanceof Object && each) }
    if (count(given, 'accounts', 'accountsClaim') !== 1) faults.push(`rules.${index} needs accounts or accountsClaim`)
    if (count(given, 'scopes', 'scopeClaim') !== 1) faults.push(`rules.${index} needs scopes or scopeClaim`)
    if (!Array.isArray(given.services)) continue
    if (given.services.some((service) => !isService(service, services))) {
      faults.push(`rules.${index}.services has one that SERVICES does not have`)
    }
    // Whoever may change things could map urls for any service, or make an app key for all of them.
    if (!Array.isArray(given.scopes) || given.scopes.some((scope) => !['forward', 'mtls:read'].includes(scope))) {
      faults.push(`rules.${index} limits calls to services, so its scopes can only be forward and mtls:read`)
    }
  }
  return faults
}

function isService(name: unknown, services: ServiceCatalogue): boolean {
  return services.services.some((service) => service.name === name || service.number === name)
}

function entryOf(
  { jwksUrl, keys, rules, ...entry }: z.infer<typeof issuerSchema>,
  catalogue: ServiceCatalogue,
): IssuerEntry {
  const { issuer = '', trustDomain = '', audience, algorithms, type } = entry
  const name = issuer || trustDomain
  return {
    name,
    issuer: entry.issuer,
    trustDomain: entry.trustDomain,
    audience,
    algorithms,
    type,
    // The members of a key were looked at by whoever reads it.
    keys: (keys as TokenKeySet | undefined) ?? (jwksUrl === undefined ? { discoveredAt: issuer } : { jwksUrl }),
    rules: rules.map(({ when, accounts, accountsClaim, scopes: given, scopeClaim, services }) => ({
      when,
      accounts: accounts === '*' ? accounts : accountsClaim ? { claim: accountsClaim } : new Set(accounts),
      scopes: scopeClaim ? { claim: scopeClaim } : new Set(given),
      services: services && new Set(services.map((name) => catalogue.resolve(name).number)),
    })),
  }
}

/** For people, in a line: an issuer may be any text. */
function nameOf({ issuer, trustDomain }: Readonly<Record<string, unknown>>): string | undefined {
  const name = issuer ?? trustDomain
  return typeof name === 'string' && /^[\x21-\x7e]{1,200}$/.test(name) ? name : undefined
}

/** Zod's messages name what was expected and what type was found, never a value. */
function faultOf({ path, message, code, ...issue }: z.core.$ZodIssue): string {
  if (code === 'unrecognized_keys' && 'keys' in issue) {
    return `${[...path, issue.keys.join(', ')].join('.')}: there is no such setting`
  }
  const isMissing = code === 'invalid_type' && message.endsWith('undefined')
  return `${path.join('.')} ${isMissing ? 'is required' : message.replace(/^(?:Invalid (?:input|option)|Too small|Too big): /, 'is wrong: ')}`
}

/** One may stand for a list of one. */
function listed(value: unknown): unknown {
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

/** A private or symmetric key here would be a secret in a file of settings. */
function isPublicKey(jwk: JsonWebKey): boolean {
  if (jwk.d !== undefined || jwk.k !== undefined) return false
  try {
    const { modulusLength = 2_048 } = createPublicKey({ key: jwk, format: 'jwk' }).asymmetricKeyDetails ?? {}
    return modulusLength >= 2_048
  } catch {
    return false
  }
}
