import type { webcrypto } from 'node:crypto'
import type { ClientAuthMethod } from '@mtls-gateway/domain'
import {
  type AuthorizationServer,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  clientCredentialsGrantRequest,
  customFetch,
  modifyAssertion,
  PrivateKeyJwt,
  processClientCredentialsResponse,
  TlsClientAuth,
} from 'oauth4webapi'
import { checked, failureOf, responseOf, unreachable } from './token-answer.ts'
import type { AccessToken, EndpointAnswer, PostToEndpoint } from './token-endpoint.ts'
import { TokenFailure } from './token-failure.ts'

/** A key of the account, for `private_key_jwt`. */
export interface AssertionKey {
  readonly key: webcrypto.CryptoKey
  readonly kid: string
}

/** What a token is asked for with. */
export interface TokenSettings {
  /** An `https:` url. */
  readonly tokenUrl: string
  readonly clientId: string
  readonly method: ClientAuthMethod | 'private_key_jwt'
  /** `aud` of an assertion (CVE-2025-27370); without it, the token endpoint's url. */
  readonly issuer?: string | undefined
  /** Separated by spaces. */
  readonly scope?: string | undefined
  /** Others of the request, such as `resource` (RFC 8707) or `audience`. */
  readonly parameters?: Readonly<Record<string, string>> | undefined
}

/** What proves who asks, where that is not the certificate of the connection. */
export interface TokenSecrets {
  readonly clientSecret?: string | undefined
  readonly assertionKey?: AssertionKey | undefined
}

/** @throws TokenFailure */
export async function requestToken(
  settings: TokenSettings,
  secrets: TokenSecrets,
  post: PostToEndpoint,
): Promise<AccessToken> {
  const { tokenUrl, clientId, issuer = tokenUrl, scope, parameters } = settings
  const server: AuthorizationServer = { issuer, token_endpoint: tokenUrl }
  const client = { client_id: clientId }
  const asked = { ...parameters, ...(scope !== undefined && { scope }) }
  const host = new URL(tokenUrl).host
  let answer: EndpointAnswer | undefined
  const through = async (url: string, { headers, body }: { headers: Record<string, string>; body: unknown }) => {
    answer = await post({ url, headers, body: String(body) }).catch((cause: unknown) => {
      throw unreachable(host, cause)
    })
    return responseOf(answer, host)
  }
  const authentication = authenticationOf(settings, secrets)
  try {
    const options = { [customFetch]: through }
    const response = await clientCredentialsGrantRequest(server, client, authentication, asked, options)
    const token = await processClientCredentialsResponse(server, client, response)
    return { token: checked(token, host), expiresIn: token.expires_in }
  } catch (error) {
    if (error instanceof TokenFailure || answer === undefined) throw error
    // What the library has thrown holds the answer, which may have a token: it goes no further.
    throw failureOf(error, answer, host)
  }
}

function authenticationOf({ method }: TokenSettings, { clientSecret, assertionKey }: TokenSecrets): ClientAuth {
  switch (method) {
    case 'tls_client_auth':
    case 'self_signed_tls_client_auth':
      return TlsClientAuth()
    case 'client_secret_basic':
      return ClientSecretBasic(needed(clientSecret))
    case 'client_secret_post':
      return ClientSecretPost(needed(clientSecret))
    case 'private_key_jwt':
      // Servers that have nothing against it are told what the JWT is for.
      return PrivateKeyJwt(needed(assertionKey), {
        [modifyAssertion]: (header) => {
          header.typ = 'client-authentication+jwt'
        },
      })
  }
}

function needed<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new TypeError('the credentials of this method are stored with it')
  return value
}
