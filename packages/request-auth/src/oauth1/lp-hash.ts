import { CodedError, lpHeadersHash } from '@mtls-gateway/domain'
import type { EncodedParameter } from './parameters.ts'

/** Names and values of a request's headers, one entry each, in any order. */
export type HeaderFields = Iterable<readonly [name: string, value: string]>

/**
 * Compares the `lp_hash` of a query, which is signed with it, with the headers of the request.
 *
 * @param headersOf called only if there is a hash, which most calls don't have, or one is required
 * @param caller whose signature is right
 * @throws CodedError `LP_HASH_MISSING` if it is required, and missing beside `LP-*` headers; `LP_HASH_MISMATCH`
 */
export function checkLpHash(
  query: readonly EncodedParameter[],
  headersOf: () => HeaderFields,
  { required, caller }: { readonly required: boolean; readonly caller: string },
): void {
  const hashes = query.filter(([name]) => name === 'lp_hash')
  if (hashes.length === 0) {
    if (!required || !hasLpHeaders(headersOf())) return
    throw new CodedError(
      'LP_HASH_MISSING',
      'This gateway requires signed LP-* headers: send their hash as the query parameter lp_hash.',
      { refusal: { reason: 'lp-hash-missing', caller } },
    )
  }
  const expected = lpHeadersHash(headersOf())
  if (hashes.every(([, hash]) => hash === expected)) return
  throw new CodedError(
    'LP_HASH_MISMATCH',
    'The LP-* headers are not those that were signed: their hash differs from lp_hash.',
    { refusal: { reason: 'lp-hash-wrong', caller } },
  )
}

function hasLpHeaders(headers: HeaderFields): boolean {
  for (const [name] of headers) if (/^lp-/i.test(name)) return true
  return false
}
