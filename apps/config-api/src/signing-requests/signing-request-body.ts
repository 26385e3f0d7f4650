import { isIP } from 'node:net'
import { CodedError, requestKeyTypes } from '@mtls-gateway/domain'
import { type RequestSpec, type SubjectAltName, type SubjectPart } from '@mtls-gateway/key-material'
import { z } from 'zod'

const maxNames = 100
const maxNameLength = 2_048

/** What stands in a certificate, of at most so many characters (X.520, upper bounds of RFC 5280, appendix A.1). */
function part(max: number) {
  return z
    .string()
    .max(max)
    .regex(/^(?=.*\S)\P{Cc}+$/u, 'must not be empty or have control characters')
    .optional()
}

const subjectSchema = z.strictObject({
  commonName: part(64),
  organization: part(64),
  organizationalUnit: part(64),
  locality: part(128),
  state: part(128),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, 'must be the two capital letters of ISO 3166')
    .optional(),
})

const shortNames: Readonly<Record<keyof z.infer<typeof subjectSchema>, SubjectPart>> = {
  commonName: 'CN',
  organization: 'O',
  organizationalUnit: 'OU',
  locality: 'L',
  state: 'ST',
  country: 'C',
}

/**
 * A renewal, which has its certificate's name. Unknown fields are refused: the certificate would lack a misspelt one.
 */
export const renewalRequestSchema = z.strictObject({
  keyType: z.enum(requestKeyTypes).default('RSA-2048'),
  subject: subjectSchema,
  subjectAltNames: z.array(z.string().max(maxNameLength)).max(maxNames).default([]),
})
export type RenewalRequestBody = z.infer<typeof renewalRequestSchema>

export const signingRequestSchema = renewalRequestSchema.extend({ name: z.string() })
export type SigningRequestBody = z.infer<typeof signingRequestSchema>

/** @throws CodedError `VALIDATION_FAILED` */
export function readRequestSpec({ keyType, subject, subjectAltNames }: RenewalRequestBody): RequestSpec {
  const parts = Object.entries(shortNames).flatMap(([name, short]) => {
    const text = subject[name as keyof typeof subject]
    return text === undefined ? [] : [[short, text]]
  })
  if (parts.length === 0) throw invalid('subject', '"subject" is empty. Give at least its commonName.')
  return { keyType, subject: Object.fromEntries(parts), subjectAltNames: subjectAltNames.map(readName) }
}

const host = /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i
const prefixed = /^(DNS|IP|email|URI):(.*)$/is
const typeOfPrefix: Readonly<Record<string, SubjectAltName['type']>> = {
  dns: 'dns',
  ip: 'ip',
  email: 'email',
  uri: 'url',
}

/**
 * `client.example`, `192.0.2.1`, `ops@client.example`, `spiffe://client.example/one`, or with OpenSSL's prefix
 * (`DNS:`).
 */
function readName(text: string): SubjectAltName {
  const [, prefix, rest] = prefixed.exec(text) ?? []
  const value = (rest ?? text).trim()
  const type = typeOfPrefix[prefix?.toLowerCase() ?? ''] ?? guessType(value)
  if (isName[type](value)) return { type, value }
  throw invalid(
    'subjectAltNames',
    '"subjectAltNames" has an entry that is no host name, address, mail address or uri; each may begin with DNS:, IP:, email: or URI:.',
  )
}

function guessType(value: string): SubjectAltName['type'] {
  if (isIP(value) !== 0) return 'ip'
  if (value.includes('://')) return 'url'
  return value.includes('@') ? 'email' : 'dns'
}

const isName: Readonly<Record<SubjectAltName['type'], (value: string) => boolean>> = {
  dns: (value) => value.length <= 253 && host.test(value.replace(/^\*\./, '')),
  ip: (value) => isIP(value) !== 0 && !value.includes('%'),
  email: (value) => /^[!-?A-~]{1,64}@/.test(value) && host.test(value.slice(value.indexOf('@') + 1)),
  url: (value) => /^[!-~]+$/.test(value) && URL.canParse(value),
}

function invalid(field: string, message: string): CodedError {
  return new CodedError('VALIDATION_FAILED', message, { details: { field } })
}
