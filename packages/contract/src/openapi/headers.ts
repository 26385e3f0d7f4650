import { headerNames } from '../headers.ts'
import type { JsonSchema } from './schemas.ts'

interface HeaderObject {
  readonly description: string
  readonly schema: JsonSchema
}

export type HeaderReference = { readonly $ref: string }

const text = { type: 'string' }

/** Header fields of answers, which are components of each document. */
export const answerHeaders = {
  'X-Request-Id': { description: 'The id of the request, which the log names', schema: text },
  ETag: {
    description: 'The state that it is in: of what can be changed, the revision that last did',
    schema: { ...text, examples: ['"12"'] },
  },
  Link: { description: 'Where the list goes on, with `rel="next"`; missing with the last page', schema: text },
  [headerNames.totalCount]: {
    description: 'How many entries fit the filters, on all pages together',
    schema: { type: 'integer' },
  },
  'Retry-After': { description: 'Seconds to wait', schema: { type: 'integer' } },
  'WWW-Authenticate': { description: 'The credentials that are taken here', schema: text },
  [headerNames.changeNotice]: {
    description: '`delayed`: forwarders may see this change late, within 5 minutes',
    schema: text,
  },
  [headerNames.answeredBy]: { description: '`gateway`: the answer is not that of the target', schema: text },
  [headerNames.presentedCertificate]: {
    description: 'The client certificate of the call: `sha256=` and its fingerprint. Missing: there was none',
    schema: text,
  },
  [headerNames.transportMessage]: { description: 'Why the target was not reached, as a sentence', schema: text },
  [headerNames.transportError]: { description: 'Why the target was not reached, as a stable code', schema: text },
} as const satisfies Record<string, HeaderObject>

export type AnswerHeaderName = keyof typeof answerHeaders

/** The header fields of one answer. */
export function headersOf(names: readonly AnswerHeaderName[]): Readonly<Record<string, HeaderReference>> {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]))
}
