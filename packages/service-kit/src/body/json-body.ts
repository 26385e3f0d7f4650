import type { IncomingMessage } from 'node:http'
import { CodedError, limitExceeded } from '@mtls-gateway/domain'
import { checkBodyHash, type ExpectedBodyHash } from '@mtls-gateway/request-auth'
import type { FastifyRequest } from 'fastify'
import { readBodyBytes } from './body-bytes.ts'

/**
 * Reads a whole JSON body. Credentials have been checked before any of it is read.
 * @throws CodedError `BODY_TOO_LARGE`, `LIMIT_EXCEEDED`, `OAUTH_BODY_HASH_MISMATCH`, `MALFORMED_JSON`
 */
export async function readJsonBody(
  body: IncomingMessage,
  maxBytes: number,
  bodyHash: ExpectedBodyHash | undefined,
): Promise<unknown> {
  const bytes = await readBodyBytes(body, { maxBytes })
  weighJson(bytes)
  return parseJsonBody(bytes, bodyHash)
}

/** Undefined if it is empty. @throws CodedError `OAUTH_BODY_HASH_MISMATCH`, `MALFORMED_JSON` */
export function parseJsonBody(bytes: Buffer, bodyHash: ExpectedBodyHash | undefined): unknown {
  checkBodyHash(bytes, bodyHash)
  if (bytes.length === 0) return undefined
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    // No cause: JSON.parse quotes its input, which may hold a password.
    throw new CodedError('MALFORMED_JSON', 'The body is not JSON in UTF-8.')
  }
}

const json = /^application\/(?:[\w.+-]+\+)?json[ \t]*(?:;|$)/i

export function isJson({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  return json.test(headers['content-type'] ?? '')
}

/** Lists and objects: a thousand mappings have three each. */
const maxContainers = 20_000
/** How many values and members of objects a body may have: parsing blocks the event loop for as long as they take. */
export interface JsonLimits {
  readonly maxValues: number
  readonly maxMembers: number
}

/**
 * Values: for the largest body in which files are lists of bytes, as some clients send them. Members: an answer with a
 * hundred certificates has half as many, and so has the document of 10,000 mappings with four fields.
 */
const largest: JsonLimits = { maxValues: 2_500_000, maxMembers: 100_000 }
/** Those of a single object: documents have as many mappings. Checking 99,000 takes even longer than parsing them. */
const maxMembersOfOne = 10_000
/** Those of an object further inside than a mapping's name: each that is not known becomes a part of a sentence. */
const maxMembersInside = 1_000
/** Levels of objects with so many members: the document, and its mappings. */
const outerLevels = 2
/**
 * Different names of members: documents have as many mappings and certificates, and some more. Parsing 100,000 members
 * takes 45 ms however they are arranged, and up to 130 where all of them have other names.
 */
const maxNames = 20_000
/** Levels of lists and objects. Requests need five, and walking through thousands ends in a RangeError. */
const maxDepth = 100
/** Parsing and checking one takes as long as this many bytes of a string. */
const valueBytes = 40
const containerBytes = 650

const shortString = 64
const quoteText = '"'
const [quote, backslash, comma, colon, bracket, brace, bracketEnd, braceEnd] = [...'"\\,:[{]}'].map((character) =>
  character.charCodeAt(0),
)

/**
 * How long JSON takes to parse, expressed as bytes of a string that takes as long. The content is counted in one pass
 * without parsing it: four MiB of empty lists, which nothing accepts, would block the event loop for ten seconds.
 * @param field what it is: the body, or a part of a form
 * @throws CodedError `LIMIT_EXCEEDED`
 */
export function weighJson(bytes: Buffer, field = 'body', { maxValues, maxMembers } = largest): number {
  let [values, members, containers, depth, stringAt, stringEnd] = [0, 0, 0, 0, 0, 0]
  const names = new Set<string>()
  /** Members so far of the lists and objects that are open, by their depth. */
  const membersAt = new Uint32Array(maxDepth + 1)
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === quote) {
      stringAt = at + 1
      stringEnd = at = endOfString(bytes, stringAt)
    } else if (byte === comma) {
      if (++values > maxValues) throw limitExceeded(field, maxValues, 'values')
    } else if (byte === colon) {
      if (++members > maxMembers) throw limitExceeded(field, maxMembers, 'members of objects')
      const ofThis = (membersAt[depth] ?? 0) + 1
      const maxOfThis = depth > outerLevels ? maxMembersInside : maxMembersOfOne
      if (ofThis > maxOfThis) throw limitExceeded(field, maxOfThis, 'members of one object')
      membersAt[depth] = ofThis
      // As bytes, which need not be decoded: one name spelt in two ways counts twice.
      if (names.add(bytes.toString('latin1', stringAt, stringEnd)).size > maxNames) {
        throw limitExceeded(field, maxNames, 'different names of members')
      }
      // A second colon, which is no JSON, would have the same text copied again.
      stringEnd = stringAt
    } else if (byte === bracket || byte === brace) {
      if (++containers > maxContainers) throw limitExceeded(field, maxContainers, 'lists and objects')
      if (++depth > maxDepth) throw limitExceeded(field, maxDepth, 'levels of lists and objects')
      membersAt[depth] = 0
    } else if (byte === bracketEnd || byte === braceEnd) depth--
  }
  return bytes.length + values * valueBytes + containers * containerBytes
}

/** The position of the closing quote, or of the end of the bytes. @param at after the opening quote */
function endOfString(bytes: Buffer, at: number): number {
  const near = Math.min(at + shortString, bytes.length)
  let end = at
  while (end < near && bytes[end] !== quote) end += bytes[end] === backslash ? 2 : 1
  if (end < near || near === bytes.length) return end
  // Most likely a file: searching for the quote outside of JavaScript takes a tenth of the time.
  for (end = bytes.indexOf(quoteText, end); end >= 0; end = bytes.indexOf(quoteText, end + 1)) {
    if (!isEscaped(bytes, at, end)) return end
  }
  return bytes.length
}

/** Whether an odd number of backslashes precedes it. */
function isEscaped(bytes: Buffer, from: number, at: number): boolean {
  let before = at
  while (before > from && bytes[before - 1] === backslash) before--
  return (at - before) % 2 === 1
}
