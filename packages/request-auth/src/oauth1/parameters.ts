import { CodedError } from '@mtls-gateway/domain'
import { malformed } from './malformed.ts'
import { normaliseFormText } from './percent-encoding.ts'

/** A name and a value, both in the encoding of RFC 5849 section 3.6. */
export type EncodedParameter = readonly [name: string, value: string]

/** The limit for the query, and for a form-encoded body. */
export const maxParameters = 1_000

/**
 * The parameters of a query (without its `?`): RFC 5849 section 3.4.1.3.1.
 *
 * @throws CodedError `OAUTH_MALFORMED` (bad escapes, an `oauth_*` parameter, which belongs in the header),
 *   `LIMIT_EXCEEDED`
 */
export function queryParameters(query: string): EncodedParameter[] {
  if (query === '') return []
  const pieces = query.split('&', maxParameters + 1)
  if (pieces.length > maxParameters) throw tooManyParameters('query')
  return pieces.filter((piece) => piece !== '').map(queryParameter)
}

function queryParameter(piece: string): EncodedParameter {
  const equals = piece.indexOf('=')
  const name = normaliseFormText(equals < 0 ? piece : piece.slice(0, equals))
  if (name.startsWith('oauth_')) throw oauthParameter('query')
  return [name, equals < 0 ? '' : normaliseFormText(piece.slice(equals + 1))]
}

export function tooManyParameters(place: 'query' | 'body'): CodedError {
  return new CodedError('LIMIT_EXCEEDED', `A signed request has at most ${maxParameters} parameters in its ${place}.`, {
    details: { field: place, limit: maxParameters },
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
