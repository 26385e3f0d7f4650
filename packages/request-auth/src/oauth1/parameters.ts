import { CodedError } from '@mtls-gateway/domain'
import { malformed } from './malformed.ts'
import { normaliseFormText } from './percent-encoding.ts'

/** A name and a value, both in the encoding of RFC 5849 section 3.6. */
export type EncodedParameter = readonly [name: string, value: string]

/**
 * Limits for the query of a signed request. It is read and sorted before anybody knows who sends it, so even the
 * longest one must cost less than the rest of a refusal. The query of the target is not part of it: that is in
 * `LP-forward-url`.
 */
export const maxQueryParameters = 32
export const maxQueryBytes = 2_048

/**
 * The parameters of a query (without its `?`): RFC 5849 section 3.4.1.3.1.
 *
 * @throws CodedError `LIMIT_EXCEEDED` before anything is read; `OAUTH_MALFORMED` (bad escapes, an `oauth_*` parameter,
 *   which belongs in the header)
 */
export function queryParameters(query: string): EncodedParameter[] {
  if (query === '') return []
  if (query.length > maxQueryBytes) {
    throw new CodedError('LIMIT_EXCEEDED', `The query of a signed request has at most ${maxQueryBytes} bytes.`, {
      details: { field: 'query', limit: maxQueryBytes },
    })
  }
  const pieces = query.split('&', maxQueryParameters + 1)
  if (pieces.length > maxQueryParameters) throw tooManyParameters('query', maxQueryParameters)
  return pieces.filter((piece) => piece !== '').map(queryParameter)
}

function queryParameter(piece: string): EncodedParameter {
  const equals = piece.indexOf('=')
  const name = normaliseFormText(equals < 0 ? piece : piece.slice(0, equals))
  if (name.startsWith('oauth_')) throw oauthParameter('query')
  return [name, equals < 0 ? '' : normaliseFormText(piece.slice(equals + 1))]
}

export function tooManyParameters(place: 'query' | 'body', limit: number): CodedError {
  return new CodedError('LIMIT_EXCEEDED', `A signed request has at most ${limit} parameters in its ${place}.`, {
    details: { field: place, limit },
  })
}

export function oauthParameter(place: 'query' | 'body'): CodedError {
  return malformed(`the ${place} has an oauth_ parameter; send them in the Authorization header only`)
}

const formMediaType = /^[ \t]*application\/x-www-form-urlencoded[ \t]*(?:;|$)/i

/** Whether a body with this `Content-Type` is part of the signature and must be read before it is verified. */
export function isFormEncoded(contentType: string | undefined): boolean {
  return contentType !== undefined && formMediaType.test(contentType)
}
