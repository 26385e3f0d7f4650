import { errorCodes } from '@mtls-gateway/domain/words'
import { z } from 'zod'
import { limits } from '../limits.ts'

/** The id of a certificate or mapping in an answer. */
export const id = z.int().positive().meta({ format: 'int64', description: 'An integer below 2^53' })

/** Ids are made below 2^48, which has 15 digits. */
const greatestSentId = 999_999_999_999_999

/** An id in a request: a number, or the digits as a string, as clients send both. */
export const sentId = z
  .union([z.string().regex(/^[1-9][0-9]{0,14}$/), z.int().min(1).max(greatestSentId).meta({ format: 'int64' })], {
    error: 'expected an id, as a number or as a string of digits',
  })
  .meta({ id: 'SentId', description: 'An id, as a number or as a string of digits' })

/** A number in a query. By its format, the documents tell its maximum, and clients take it for one of 64 bits. */
export function sentNumber(min: number) {
  return z.coerce.number<number>().int().min(min).max(Number.MAX_SAFE_INTEGER).meta({ format: 'int64' })
}

/** A time in a query. */
export const sentTime = z.iso.datetime({ offset: true })

/**
 * An object in a request whose members have any names. It is refused by their number before any of them is checked, as
 * zod refuses lists: checking tens of thousands would block the event loop.
 * @param examples here, because zod leaves out those of what this returns
 */
export function sentRecord<Value extends z.ZodType>(value: Value, limit: number, examples?: readonly object[]) {
  const tooLong = `A name has at most ${limits.name} characters`
  return z.preprocess(
    (sent: Record<string, z.input<Value>>, { issues }) => {
      if (sizeOf(sent) > limit) issues.push({ code: 'too_big', origin: 'object', maximum: limit, input: sent })
      return sent
    },
    z
      .record(z.string().max(limits.name), value, {
        error: ({ code }) => (code === 'invalid_key' ? tooLong : undefined),
      })
      .meta({ maxProperties: limit, ...(examples && { examples: [...examples] }) }),
  )
}

/** Members of an object; what is none is refused by its type. */
function sizeOf(sent: unknown): number {
  const isObject = typeof sent === 'object' && sent !== null && !Array.isArray(sent)
  return isObject ? Object.keys(sent).length : 0
}

/** What is looked for in the entries of a list. */
export const sentSearch = z.string().max(limits.search)

/**
 * A service of a request, by name or by number. A number as such is taken as well; the documents leave that out, as
 * generators trip over the alternative and nobody gains by it.
 */
export const sentService = z.union([z.string().max(limits.name), z.number()]).meta({
  anyOf: undefined,
  type: 'string',
  maxLength: limits.name,
  description: 'A service, by name or number: `IDP` or `1`',
  examples: ['IDP', '1'],
})

/**
 * White space beyond U+00A0, as itself: not every regex engine has an escape for it. Go can't compile U+FEFF, but a
 * range that has it; its two neighbours are unassigned.
 */
const farWhiteSpace = '\u1680\u2000-\u200a\u202f\u205f\u3000\ufefe-\uff00'
/** What ends lines, and what embeds, overrides or isolates the direction of text. */
const farControls = '\u2028-\u202e\u2066-\u2069'

/** Not blank, and without control characters; in what all regex engines have. */
export const printablePattern = String.raw`^[^\x00-\x1f\x7f-\x9f${farControls}]*[^\x00-\x20\x7f-\xa0${farWhiteSpace}${farControls}][^\x00-\x1f\x7f-\x9f${farControls}]*$`

/** A name or label. Its rules are the domain's, which tells each fault in words. */
export const sentName = z.string().meta({
  minLength: 1,
  maxLength: limits.name,
  pattern: printablePattern,
  description: 'Not blank, without control characters',
})

/** ISO 8601 in UTC. */
export const dateTime = z.iso.datetime()

/** A url in a request. Its rules are the domain's, which tells each fault in words. */
export const sentUrl = z.string().meta({
  maxLength: limits.url,
  // Printable ASCII but for what RFC 3986 has percent-encoded: " < > \\ ^ ` { | }
  pattern: String.raw`^[Hh][Tt][Tt][Pp][Ss]://[!#-;=?-\[\]_a-z~]+$`,
  description: 'An absolute `https:` url, in its canonical form: ASCII, no dot segments, no user info',
  examples: ['https://bank.example/token'],
})

export const pem = z.string().meta({ description: 'PEM' })

export const fingerprint = z.string().meta({ description: 'SHA-256 of the DER, in lower-case hex' })

/** An account id, as its patterns say it; the domain tells the fault in words. */
export const accountPattern = '^[A-Za-z0-9_-]{1,64}$'

/** The name of a trust list, as its patterns say it; the domain tells the fault in words. */
export const trustNamePattern = '^[a-z0-9-]{1,64}$'

export const siteId = z.string().meta({ description: 'The account; the same as `accountId` in the path' })

export const sentSiteId = siteId.meta({ pattern: accountPattern })

/** What a document has made. */
export const managedBy = z.string().meta({ description: 'The `source` of the document that has made it' })

/** A code of ours. The documents don't list them as an enum, so that generated clients take codes that come later. */
export const errorCode = z.enum(errorCodes).meta({ enum: undefined, description: 'Listed in docs/errors.md' })

/** What is left of an entry that a repeated request made and that is gone by now. */
export const gone = z.strictObject({
  id,
  deleted: z.literal(true),
})
