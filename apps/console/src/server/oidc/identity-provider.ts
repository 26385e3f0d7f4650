import { readFileSync } from 'node:fs'
import * as client from 'openid-client'
import { providerFault } from './provider-fault.ts'

export interface IdentityProviderOptions {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecretFile: string
  readonly scopes: string
  /** RFC 8707. */
  readonly resource: string | undefined
  readonly redirectUri: string
  /** Where a browser goes after it has signed out there. */
  readonly signedOutUri: string
  /** Whether people are signed out there, too. Where they are not, each sign-in has to ask who they are. */
  readonly endsSessions: boolean
}

export interface Tokens {
  readonly token: string
  /** In milliseconds since 1970; null: not told. */
  readonly tokenExpiresAt: number | null
  readonly refreshToken: string | undefined
  /** Tells the provider who signs out, in a url: nothing that anybody could use. */
  readonly logoutHint: string | undefined
}

/** What has to be remembered between the way there and the way back. */
export interface Attempt {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
}

/** In seconds. */
const timeout = 10
/** It lies in the cookie of the session. */
const longestHint = 512
/** Endpoints seldom change. */
const rediscoverMs = 3_600_000

/** The identity provider that people sign in with: OpenID Connect's authorization code flow, with PKCE. */
export class IdentityProvider {
  readonly #options: IdentityProviderOptions
  readonly #resource: Readonly<Record<string, string>>
  #discovered: Promise<client.Configuration> | undefined
  #discoveredAt = 0

  constructor(options: IdentityProviderOptions) {
    this.#options = options
    this.#resource = options.resource === undefined ? {} : { resource: options.resource }
  }

  /** Begins a sign-in. @throws CodedError `IDENTITY_PROVIDER_UNAVAILABLE` */
  async begin(): Promise<Attempt & { readonly url: URL }> {
    const configuration = await this.#configuration()
    const attempt = {
      state: client.randomState(),
      nonce: client.randomNonce(),
      verifier: client.randomPKCECodeVerifier(),
    }
    const url = client.buildAuthorizationUrl(configuration, {
      redirect_uri: this.#options.redirectUri,
      scope: this.#options.scopes,
      state: attempt.state,
      nonce: attempt.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(attempt.verifier),
      code_challenge_method: 'S256',
      ...(!this.#options.endsSessions && { prompt: 'login' }),
      ...this.#resource,
    })
    return { ...attempt, url }
  }

  /**
   * Takes what the provider has sent the browser back with.
   * @throws CodedError `SIGN_IN_REFUSED`, `SIGN_IN_EXPIRED`, `IDENTITY_PROVIDER_UNAVAILABLE`
   */
  async finish(query: string, { state, nonce, verifier }: Attempt): Promise<Tokens> {
    const configuration = await this.#configuration()
    const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true }
    const url = new URL(`${this.#options.redirectUri}?${query}`)
    return client.authorizationCodeGrant(configuration, url, checks, this.#resource).then(tokensOf, fail)
  }

  /** @throws CodedError `SESSION_REQUIRED` if the provider refuses, `IDENTITY_PROVIDER_UNAVAILABLE` */
  async refresh(refreshToken: string): Promise<Tokens> {
    const configuration = await this.#configuration()
    return client.refreshTokenGrant(configuration, refreshToken, this.#resource).then(tokensOf, failRefresh)
  }

  /** Makes a refresh token void, where the provider can. @throws CodedError `IDENTITY_PROVIDER_UNAVAILABLE`, ... */
  async revoke(refreshToken: string): Promise<void> {
    const configuration = await this.#configuration()
    if (configuration.serverMetadata().revocation_endpoint === undefined) return
    await client.tokenRevocation(configuration, refreshToken, { token_type_hint: 'refresh_token' }).catch(fail)
  }

  /**
   * Where the browser ends its session at the provider; undefined if it can't be ended. It has no `id_token_hint`: that
   * would be a token in a url, and in the browser's history. So the provider asks whether to sign out.
   */
  async endSessionUrl(logoutHint: string | undefined): Promise<string | undefined> {
    if (!this.#options.endsSessions) return undefined
    const configuration = await this.#configuration()
    if (configuration.serverMetadata().end_session_endpoint === undefined) return undefined
    return client.buildEndSessionUrl(configuration, {
      post_logout_redirect_uri: this.#options.signedOutUri,
      ...(logoutHint !== undefined && { logout_hint: logoutHint }),
    }).href
  }

  async #configuration(): Promise<client.Configuration> {
    const age = performance.now() - this.#discoveredAt
    if (this.#discovered !== undefined && age < rediscoverMs) return this.#discovered
    this.#discoveredAt = performance.now()
    const discovered = this.#discover()
    this.#discovered = discovered
    // The next one tries again.
    discovered.catch(() => {
      if (this.#discovered === discovered) this.#discovered = undefined
    })
    return discovered
  }

  async #discover(): Promise<client.Configuration> {
    const { issuer, clientId } = this.#options
    const url = new URL(issuer)
    // The settings let http through for this host alone.
    const execute = url.protocol === 'http:' ? [client.allowInsecureRequests] : []
    return client.discovery(url, clientId, {}, this.#authentication, { timeout, execute }).catch(fail)
  }

  /** The secret is read each time, so that it can be replaced. */
  readonly #authentication: client.ClientAuth = (server, metadata, body, headers) => {
    const secret = readFileSync(this.#options.clientSecretFile, 'utf8').trim()
    // `client_secret_basic` is what a provider takes that does not say.
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
    const isBasic = methods.includes('client_secret_basic') || !methods.includes('client_secret_post')
    const authenticate = isBasic ? client.ClientSecretBasic(secret) : client.ClientSecretPost(secret)
    return authenticate(server, metadata, body, headers)
  }
}

type Granted = client.TokenEndpointResponse & client.TokenEndpointResponseHelpers

function tokensOf(granted: Granted): Tokens {
  const seconds = granted.expiresIn()
  return {
    token: granted.access_token,
    tokenExpiresAt: seconds === undefined ? null : Date.now() + seconds * 1_000,
    refreshToken: granted.refresh_token,
    logoutHint: logoutHintOf(granted.claims()),
  }
}

/**
 * What a provider wants to hear is its own affair: Entra ID takes `login_hint`, Auth0 the id of the session. Names and
 * addresses of people are left alone, since urls end up in logs.
 */
function logoutHintOf(claims: client.IDToken | undefined): string | undefined {
  const hint = claims?.login_hint ?? claims?.sid
  return typeof hint === 'string' && hint.length <= longestHint ? hint : undefined
}

function fail(error: unknown): never {
  throw providerFault(error, 'sign-in')
}

function failRefresh(error: unknown): never {
  throw providerFault(error, 'refresh')
}
