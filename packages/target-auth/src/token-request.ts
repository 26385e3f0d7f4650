import { createPrivateKey, type webcrypto } from 'node:crypto'
import type { AssertionAudience, ClientAuthMethod, SigningAlgorithm } from '@mtls-gateway/domain'
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
import type { AccessToken, EndpointAnswer, EndpointRequest, PostToEndpoint } from './token-endpoint.ts'
import { printable, TokenFailure } from './token-failure.ts'

/** A key of the account, for `private_key_jwt`. */
export interface AssertionKey {
  readonly kid: string
  readonly algorithm: SigningAlgorithm
  /** PKCS#8 as PEM. */
  readonly privateKey: string
}

/** What a token is asked for with. */
export interface TokenSettings {
  /** An `https:` url. */
  readonly tokenUrl: string
  readonly clientId: string
  readonly method: ClientAuthMethod
  readonly issuer?: string | undefined
  /** `aud` of an assertion: the issuer unless given (CVE-2025-27370). */
  readonly assertionAudience?: AssertionAudience | undefined
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
  const { tokenUrl, clientId, scope, parameters } = settings
  const server: AuthorizationServer = { issuer: audienceOf(settings), token_endpoint: tokenUrl }
  const client = { client_id: clientId }
  const asked = { ...parameters, ...(scope !== undefined && { scope }) }
  const host = new URL(tokenUrl).host
  let answer: EndpointAnswer | undefined
  let sent: readonly string[] = []
  const through = async (url: string, { headers, body }: { headers: Record<string, string>; body: unknown }) => {
    const request = { url, headers, body: String(body) }
    sent = secretsIn(request, secrets)
    answer = await post(request).catch((cause: unknown) => {
      throw unreachable(host, cause)
    })
    return responseOf(answer, host)
  }
  const authentication = authenticationOf(settings, secrets)
  try {
    const options = { [customFetch]: through }
    const response = await clientCredentialsGrantRequest(server, client, authentication, asked, options)
    const answered = await processClientCredentialsResponse(server, client, response)
    const token = checked(answered, host)
    const given = answered.scope
    const scope = given === undefined ? undefined : printable(without([...sent, token], given))
    return { token, expiresIn: answered.expires_in, scope }
  } catch (error) {
    if (error instanceof TokenFailure || answer === undefined) throw error
    // What the library has thrown holds the answer, which may have a token: it goes no further.
    throw failureOf(error, answer, host, (text) => without(sent, text))
  }
}

/** What must not come out again, should the endpoint repeat what it was asked with. */
function secretsIn({ headers, body }: EndpointRequest, { clientSecret = '' }: TokenSecrets): readonly string[] {
  const [, basic = ''] = (headers.authorization ?? '').split(' ')
  // The secret as a form encodes it: by RFC 6749 section 2.3.1, it is so within Basic as well.
  const [, ofBasic = ''] = Buffer.from(basic, 'base64').toString().split(':')
  const ofForm = [...body.matchAll(/(?:^|&)client_(?:secret|assertion)=([^&]*)/g)].map(([, value = '']) => value)
  return [clientSecret, basic, ofBasic, ...ofForm].filter((secret) => secret !== '')
}

function without(secrets: readonly string[], text: string): string {
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), text)
}

/** What the library is told of the issuer: it is the `aud` of an assertion, and nothing else here depends on it. */
function audienceOf({ tokenUrl, issuer, assertionAudience = 'issuer' }: TokenSettings): string {
  return assertionAudience === 'issuer' ? (issuer ?? tokenUrl) : tokenUrl
}

type ImportParameters = webcrypto.EcKeyImportParams | webcrypto.RsaHashedImportParams | webcrypto.Algorithm

const imports: Readonly<Record<SigningAlgorithm, ImportParameters>> = {
  ES256: { name: 'ECDSA', namedCurve: 'P-256' },
  PS256: { name: 'RSA-PSS', hash: 'SHA-256' },
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  EdDSA: { name: 'Ed25519' },
}

/** It lasts 60 seconds, and has an id of its own (RFC 7523 section 3). */
function assertionBy({ kid, algorithm, privateKey }: AssertionKey): ClientAuth {
  const key = createPrivateKey(privateKey).toCryptoKey(imports[algorithm], false, ['sign'])
  return PrivateKeyJwt(
    { key, kid },
    {
      [modifyAssertion]: (header) => {
        // Servers that have nothing against it are told what the JWT is for.
        header.typ = 'client-authentication+jwt'
        // The library says Ed25519 (RFC 9864), which fewer servers know.
        header.alg = algorithm
      },
    },
  )
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
      return assertionBy(needed(assertionKey))
  }
}

function needed<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new TypeError('the credentials of this method are stored with it')
  return value
}
