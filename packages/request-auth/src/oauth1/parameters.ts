import { CodedError } from '@mtls-gateway/domain'
import { malformed } from './malformed.ts'
import { normaliseFormText } from './percent-encoding.ts'

/** A name and a value, both in the encoding of RFC 5849 section 3.6. */
export type EncodedParameter = readonly [name: string, value: string]

/** A form-encoded body is read whole and sorted before anybody is authenticated: in bytes. */
export const maxSignedFormBytes = 262_144
/** In query and form-encoded body each. */
const maxParameters = 1_000

/**
 * The parameters of a query (without its `?`): RFC 5849 section 3.4.1.3.1.
 *
 * @throws CodedError `OAUTH_MALFORMED` (bad escapes, an `oauth_*` parameter, which belongs in the header),
 *   `LIMIT_EXCEEDED`
 */
export function queryParameters(query: string): EncodedParameter[] {
  return query === '' ? [] : formParameters(query, 'query')
}

/**
 * The parameters of an `application/x-www-form-urlencoded` body, which are part of the signature.
 *
 * @throws CodedError as {@link queryParameters}, and `BODY_TOO_LARGE` above {@link maxSignedFormBytes}
 */
export function bodyParameters(body: Uint8Array): EncodedParameter[] {
  if (body.byteLength > maxSignedFormBytes) {
    throw new CodedError('BODY_TOO_LARGE', `A signed form-encoded body has at most ${maxSignedFormBytes} bytes.`, {
      details: { limit: maxSignedFormBytes },
    })
  }
  return formParameters(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1'), 'body')
}

function formParameters(text: string, place: 'query' | 'body'): EncodedParameter[] {
  const pieces = text.split('&', maxParameters + 1)
  if (pieces.length > maxParameters) {
    throw new CodedError(
      'LIMIT_EXCEEDED',
      `A signed request has at most ${maxParameters} parameters in its ${place}.`,
      {
        details: { field: place, limit: maxParameters },
      },
    )
  }
  return pieces.filter((piece) => piece !== '').map((piece) => formParameter(piece, place))
}

function formParameter(piece: string, place: 'query' | 'body'): EncodedParameter {
  const equals = piece.indexOf('=')
  const name = normaliseFormText(equals < 0 ? piece : piece.slice(0, equals))
  if (name.startsWith('oauth_')) {
    throw malformed(`the ${place} has an oauth_ parameter; send them in the Authorization header only`)
  }
  return [name, equals < 0 ? '' : normaliseFormText(piece.slice(equals + 1))]
}

const formMediaType = /^[ \t]*application\/x-www-form-urlencoded[ \t]*(?:;|$)/i

/** Whether a body with this `Content-Type` is part of the signature and must be read before it is verified. */
export function isFormEncoded(contentType: string | undefined): boolean {
  return contentType !== undefined && formMediaType.test(contentType)
}
