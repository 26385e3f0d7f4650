import { createHash } from 'node:crypto'
import { CodedError } from '@mtls-gateway/domain'
import type { EncodedParameter } from './parameters.ts'

/** Names and values of a request's headers, one entry each, in any order. */
export type HeaderFields = Iterable<readonly [name: string, value: string]>

/**
 * What `lp_hash` says of a request: base64url of the SHA-256 of its `LP-*` headers as `name:value\n`, the name in lower
 * case, the lines sorted by their bytes.
 */
export function lpHeadersHash(headers: HeaderFields): string {
  const lines: string[] = []
  for (const [name, value] of headers) {
    const lowerCase = name.toLowerCase()
    if (lowerCase.startsWith('lp-')) lines.push(`${lowerCase}:${value}\n`)
  }
  // Node reads and writes header values one byte a character.
  return createHash('sha256').update(lines.sort().join(''), 'latin1').digest('base64url')
}

/**
 * Holds the `lp_hash` of a query, which is signed with the rest, against the headers that came with it.
 *
 * @throws CodedError `LP_HASH_MISSING` where it is required and not there, `LP_HASH_MISMATCH`
 */
export function checkLpHash(
  query: readonly EncodedParameter[],
  headers: HeaderFields,
  { required }: { required: boolean },
): void {
  const hashes = query.filter(([name]) => name === 'lp_hash')
  if (hashes.length === 0) {
    if (!required) return
    throw new CodedError(
      'LP_HASH_MISSING',
      'This gateway wants the LP-* headers signed: send their hash as the query parameter lp_hash.',
    )
  }
  const expected = lpHeadersHash(headers)
  if (hashes.every(([, hash]) => hash === expected)) return
  throw new CodedError(
    'LP_HASH_MISMATCH',
    'The LP-* headers are not those that were signed: their hash differs from lp_hash.',
  )
}
