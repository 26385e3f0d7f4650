import { isCodedError } from '@mtls-gateway/domain'
import { ResponseBodyError, type TokenEndpointResponse, WWWAuthenticateChallengeError } from 'oauth4webapi'
import type { EndpointAnswer } from './token-endpoint.ts'
import { type EndpointWords, printable, TokenFailure } from './token-failure.ts'

/** The longest token that is kept, in characters: usual servers refuse longer header fields. */
const longestToken = 16_384
/** What a header field can carry (RFC 6750 section 2.1). */
const bearerToken = /^[A-Za-z0-9\-._~+/]+=*$/
/** They are about who asks, not about what is asked for (RFC 6749 section 5.2). */
const aboutTheClient: ReadonlySet<string> = new Set(['invalid_client', 'unauthorized_client'])

/** The answer as the library reads it. @throws TokenFailure where it can be none */
export function responseOf({ status, headers, body, truncated }: EndpointAnswer, host: string): Response {
  if (truncated) throw malformed(host, status, 'is too long')
  if (status >= 300 && status < 400) throw malformed(host, status, 'leads to another url, which has to be set instead')
  if (status < 200 || status > 599) throw malformed(host, status, 'has a status that is none')
  const fields = Object.entries(headers).flatMap(([name, values]) =>
    [values ?? []].flat().map((value): [string, string] => [name, value]),
  )
  const hasBody = status !== 204 && status !== 205
  return new Response(hasBody ? Uint8Array.from(body) : null, { status, headers: fields })
}

/** @throws TokenFailure */
export function checked({ access_token: token, token_type: type }: TokenEndpointResponse, host: string): string {
  if (type !== 'bearer') {
    const message = `The token endpoint ${host} gave a token of the type "${printable(type)}", not Bearer. Its owner has to set up the client for Bearer tokens.`
    throw new TokenFailure('TOKEN_ENDPOINT_TOKEN_TYPE', message)
  }
  if (token.length <= longestToken && bearerToken.test(token)) return token
  throw malformed(host, 200, `has a token that can not be sent, of ${token.length} characters`)
}

/** Why there is no answer: the cause says so itself, and is not the endpoint's where it has a code of ours. */
export function unreachable(host: string, cause: unknown): Error {
  if (isCodedError(cause)) return cause
  const why = cause instanceof Error ? cause.message : 'it did not answer'
  const message = `The token endpoint ${host} could not be asked for a token: ${why}`
  return new TokenFailure('TOKEN_ENDPOINT_UNREACHABLE', message, { cause })
}

/** What the answer has instead of a token. @param hide takes out of a text what nobody may see */
export function failureOf(
  error: unknown,
  { status, body }: EndpointAnswer,
  host: string,
  hide: (text: string) => string,
): TokenFailure {
  if (error instanceof ResponseBodyError) {
    const { error: name, error_description: description } = error
    const said: EndpointWords = {
      status,
      error: printable(hide(name)),
      ...(typeof description === 'string' && { errorDescription: printable(hide(description)) }),
    }
    return refused(said, host)
  }
  if (error instanceof WWWAuthenticateChallengeError || status === 401) {
    return refused({ status, error: 'invalid_client' }, host)
  }
  const json = jsonOf(body)
  if (status !== 200 || json === undefined) {
    return malformed(host, status, json === undefined ? 'is no JSON' : 'is no token')
  }
  if (typeof json.access_token === 'string' && typeof json.token_type === 'string') {
    const isOfOtherType = !['bearer', 'dpop'].includes(json.token_type.toLowerCase())
    if (isOfOtherType) {
      const message = `The token endpoint ${host} gave a token of a type that is not Bearer. Its owner has to set up the client for Bearer tokens.`
      return new TokenFailure('TOKEN_ENDPOINT_TOKEN_TYPE', message, { said: { status } })
    }
    return malformed(host, status, 'says something of its token that can not be')
  }
  const message = `The token endpoint ${host} answered without an access token. Check that the url is that of the token endpoint.`
  return new TokenFailure('TOKEN_ENDPOINT_NO_TOKEN', message, { said: { status } })
}

function refused(said: EndpointWords, host: string): TokenFailure {
  const { error = '', errorDescription } = said
  const words = errorDescription === undefined ? error : `${error}: ${errorDescription}`
  if (aboutTheClient.has(error)) {
    const message = `The token endpoint ${host} does not accept who asks (${words}). Check the client id, the method and the secret, and that its owner has registered the client with this certificate or key.`
    return new TokenFailure('TOKEN_ENDPOINT_CLIENT_REFUSED', message, { said })
  }
  const message = `The token endpoint ${host} refused what it was asked for (${words}). Check the scope and the parameters with its owner.`
  return new TokenFailure('TOKEN_ENDPOINT_REFUSED', message, { said })
}

function malformed(host: string, status: number, what: string): TokenFailure {
  const message = `The token endpoint ${host} answered ${status}, and the answer ${what}. Check the url with its owner.`
  return new TokenFailure('TOKEN_ENDPOINT_MALFORMED', message, { said: { status } })
}

function jsonOf(body: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const json: unknown = JSON.parse(Buffer.from(body).toString('utf8'))
    return typeof json === 'object' && json !== null ? { ...json } : undefined
  } catch {
    return undefined
  }
}
