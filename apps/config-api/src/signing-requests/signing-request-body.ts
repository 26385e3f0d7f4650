import { isIP } from 'node:net'
import type { RenewalRequest } from '@mtls-gateway/contract'
import { CodedError } from '@mtls-gateway/domain'
import { type RequestSpec, type SubjectAltName, type SubjectPart } from '@mtls-gateway/key-material'

const shortNames: Readonly<Record<keyof NonNullable<RenewalRequest['subject']>, SubjectPart>> = {
  commonName: 'CN',
  organization: 'O',
  organizationalUnit: 'OU',
  locality: 'L',
  state: 'ST',
  country: 'C',
}

/** @throws CodedError `VALIDATION_FAILED`, `SUBJECT_ALT_NAME_INVALID` */
export function readRequestSpec({ keyType, subject, subjectAltNames }: RenewalRequest): RequestSpec {
  return {
    keyType,
    ...(subject && { subject: readSubject(subject) }),
    ...(subjectAltNames && { subjectAltNames: subjectAltNames.map(readName) }),
  }
}

function readSubject(subject: NonNullable<RenewalRequest['subject']>): RequestSpec['subject'] {
  const parts = Object.entries(shortNames).flatMap(([name, short]) => {
    const text = subject[name as keyof typeof subject]
    return text === undefined ? [] : [[short, text]]
  })
  if (parts.length === 0) {
    const details = { field: 'subject' }
    throw new CodedError('VALIDATION_FAILED', '"subject" is empty. Give at least its commonName.', { details })
  }
  return Object.fromEntries(parts)
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
  throw new CodedError(
    'SUBJECT_ALT_NAME_INVALID',
    '"subjectAltNames" has an entry that is no host name, address, mail address or URI; each may begin with DNS:, IP:, email: or URI:.',
    { details: { field: 'subjectAltNames' } },
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
