import { readdirSync, readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { types } from 'node:util'

const placeholder = '[redacted]'
const secretName = /authorization|cookie|passw|passphrase|p12|pfx|private[-_]?key|secret|token|master[-_]?key|nonce/i
const maxDepth = 6

/** Whatever may be a secret's name, or stand before a credential, in lower case. */
const suspicious =
  /bearer|basic|oauth_|private[-_ ]?key|passw|passphrase|secret|token|authorization|cookie|mtlsi|mtlshandover|p12|pfx|master[-_]?key|nonce/

/** Cheap enough for every line; the replacements below look closer. */
function isSuspicious(text: string): boolean {
  const lower = text.toLowerCase()
  // By itself: among the words, a single character would have each place looked at.
  return lower.includes('@') || suspicious.test(lower)
}

const replacements: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, placeholder],
  // Codes and tokens of invitations, and of handovers.
  [/mtls(?:i|invite|handover)_[\w.-]+/g, placeholder],
  // The user of a url.
  [/\/\/[^\s/@]+@/g, `//${placeholder}@`],
  [/\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi, `$1 ${placeholder}`],
]
/** The name before any value: searching for secret names alone would take quadratic time in long words. */
const assignment = /\b(\w+)["']?\s*[:=]\s*["']?/g
const secretWord = /oauth_\w|passw|(?:passphrase|secret|token|authorization|cookie)$/i
const assigned = /[^\s"',;&}]+/y

/** Text without what looks like a credential in it. */
export function redactText(text: string): string {
  if (!isSuspicious(text)) return text
  return redactAssigned(
    replacements.reduce((redacted, [pattern, replacement]) => redacted.replace(pattern, replacement), text),
  )
}

/** `name=value`, `"name": "value"`. A value is itself searched for names, unless it is left out. */
function redactAssigned(text: string): string {
  let redacted = ''
  let copied = 0
  assignment.lastIndex = 0
  for (let found = assignment.exec(text); found; found = assignment.exec(text)) {
    if (!secretWord.test(found[1] ?? '')) continue
    assigned.lastIndex = assignment.lastIndex
    if (!assigned.test(text)) continue
    redacted += text.slice(copied, assignment.lastIndex) + placeholder
    copied = assigned.lastIndex
    assignment.lastIndex = copied
  }
  return redacted + text.slice(copied)
}

const plainTypes: ReadonlySet<string> = new Set(['string', 'number', 'boolean', 'undefined'])

/**
 * JSON of what is logged. Where it is text and numbers with nothing to leave out, as in the line that each call has, it
 * is looked at as a whole, with the names of its fields: redacting each field takes five times as long.
 */
export function redactedJson(fields: Readonly<Record<string, unknown>>): string {
  const text = isFlat(fields) ? JSON.stringify(fields) : ''
  return text === '' || isSuspicious(text) ? JSON.stringify(redact(fields)) : text
}

function isFlat(fields: Readonly<Record<string, unknown>>): boolean {
  for (const name in fields) if (!plainTypes.has(typeof fields[name])) return false
  return true
}

/**
 * A copy for the log: what stands under a secret's name is left out at any depth, text is searched for credentials,
 * bytes are left out, and of an error only type, code, message, stack and cause remain (libraries put whole
 * requests, with their headers, into their errors).
 */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value)
  if (typeof value !== 'object' || value === null) return typeof value === 'bigint' ? String(value) : value
  if (depth > maxDepth) return '[deep]'
  if (value instanceof Error) return redactError(value, depth)
  if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) return '[bytes]'
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1))
  if ('toJSON' in value && typeof value.toJSON === 'function') return redact(value.toJSON(), depth + 1)
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, secretName.test(name) ? placeholder : redact(item, depth + 1)]),
  )
}

function redactError(error: Error, depth: number): Readonly<Record<string, unknown>> {
  const { name, message, stack, cause } = error
  return {
    type: name,
    ...('code' in error && { code: error.code }),
    message: redactText(message),
    stack: redactText(sourceStack(stack ?? '')),
    ...(cause !== undefined && { cause: redact(cause, depth + 1) }),
  }
}

/** The folder of the app's bundles, including this file. No other files are read. */
const bundles = new URL('.', import.meta.url).href
/** Source maps by script url, undefined until read. Only for scripts that have one, whatever a stack says. */
let maps: Map<string, SourceMap | undefined> | undefined

/**
 * Translates places in bundles to places in our sources. Source maps are read when the first stack is logged: Node's
 * own support (`--enable-source-maps`) reads all of them at start, which takes a quarter of the start's time.
 */
export function sourceStack(stack: string): string {
  if (!stack.includes(bundles)) return stack
  return stack.split('\n').map(sourceFrame).join('\n')
}

/** `    at name (file:///…/main.js:12:3)`, or without name and parentheses. */
function sourceFrame(frame: string): string {
  const start = frame.lastIndexOf(bundles)
  if (start === -1 || !frame.startsWith('    at ')) return frame
  const end = frame.endsWith(')') ? frame.length - 1 : frame.length
  const [script = '', line, column] = splitPlace(frame.slice(start, end))
  const origin = mapOf(script)?.findEntry(Number(line) - 1, Number(column) - 1)
  if (origin === undefined || !('originalSource' in origin)) return frame
  const source = new URL(origin.originalSource, script).href
  const place = `${source}:${origin.originalLine + 1}:${origin.originalColumn + 1}`
  return frame.slice(0, start) + place + frame.slice(end)
}

function splitPlace(place: string): readonly string[] {
  const column = place.lastIndexOf(':')
  const line = place.lastIndexOf(':', column - 1)
  return [place.slice(0, line), place.slice(line + 1, column), place.slice(column + 1)]
}

function mapOf(script: string): SourceMap | undefined {
  maps ??= new Map(mappedScripts().map((url) => [url, undefined]))
  if (!maps.has(script)) return undefined
  const known = maps.get(script)
  if (known !== undefined) return known
  const map = new SourceMap(JSON.parse(readFileSync(new URL(`${script}.map`), 'utf8')))
  maps.set(script, map)
  return map
}

function mappedScripts(): readonly string[] {
  const files = readdirSync(new URL(bundles), { encoding: 'utf8', recursive: true })
  return files.filter((name) => name.endsWith('.js.map')).map((name) => bundles + name.slice(0, -'.map'.length))
}
