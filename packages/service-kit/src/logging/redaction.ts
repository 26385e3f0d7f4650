import { types } from 'node:util'

const placeholder = '[redacted]'
const secretName = /authorization|cookie|passw|passphrase|p12|pfx|private[-_]?key|secret|token|master[-_]?key|nonce/i
const maxDepth = 6

/** No credential is told from other text without one of these. */
const mark = /[\s=:@]|mtls[ih]|-----/
/** Whatever may name a credential, or stand before one, in lower case. */
const suspicious = /@|bearer|basic|oauth_|private key|pass[pw]|secret|token|authorization|cookie|mtls[ih]/

/** Cheap enough for every line; the replacements below look closer. */
function isSuspicious(text: string): boolean {
  return mark.test(text) && suspicious.test(text.toLowerCase())
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
  return redactAssigned(replacements.reduce((redacted, [pattern, by]) => redacted.replace(pattern, by), text))
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

/**
 * JSON of what is logged.
 * @param foreign the fields that may hold others' text, of a line whose other fields are text and numbers of our own:
 *   to search these alone is what the line of each call has time for; undefined: any field may
 */
export function redactedJson(fields: Readonly<Record<string, unknown>>, foreign?: readonly string[]): string {
  const isHarmless = foreign?.every((name) => !isSuspicious(String(fields[name]))) ?? false
  return JSON.stringify(isHarmless ? fields : redact(fields))
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
    stack: redactText(stack ?? ''),
    ...(cause !== undefined && { cause: redact(cause, depth + 1) }),
  }
}
