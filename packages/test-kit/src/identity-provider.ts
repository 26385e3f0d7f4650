import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { RequestListener } from 'node:http'
import Provider from 'oidc-provider'
import MemoryAdapter from 'oidc-provider/lib/adapters/memory_adapter.js'
import { type LocalServer, serve } from './local-server.ts'

export interface IdentityProviderOptions {
  /** By the names of RFC 7591. */
  readonly clients: readonly object[]
  /** What oidc-provider has on, beside what is always on. */
  readonly features?: object
  /** Opaque ones unless given. */
  readonly accessTokens?: AccessTokens
}

/** Access tokens that are JWTs. */
export interface AccessTokens {
  readonly audience: string
  /** Some providers name another issuer in them than in their metadata. */
  readonly issuer?: string
  /** That signs them, by ES256 under the id `k1`; a fresh one unless given. */
  readonly key?: KeyObject
  /** More of them. */
  readonly claims?: Readonly<Record<string, unknown>>
}

export interface IdentityProvider extends LocalServer {
  readonly issuer: string
  /** What happened, in its order. */
  readonly events: string[]
  /**
   * What the token endpoint answers instead of what it would, once each: a code of OAuth; or `connection breaks`,
   * before anything has happened; or `answer is lost`, after it has.
   */
  readonly refusals: string[]
  /** What becomes of whoever is asked to sign in. */
  answer: 'signs in' | 'denies'
  /** How long access tokens that are issued from now on last, in seconds. */
  tokenLifetime: number
  /** Whether it says so, which is up to a provider (RFC 6749 section 5.1). */
  tellsTokenLifetime: boolean
  /** As if nobody had entered it in time. */
  expireDeviceCode(userCode: string): Promise<void>
}

/** Whoever signs in. */
export const person = 'alice'
/** A claim of ID tokens, by the name that Entra ID gives it. */
export const loginHint = 'hint-of-alice'

/** The default one, which warns wherever it is used; it knows for a minute more what has expired. */
class QuietAdapter extends MemoryAdapter {
  constructor(model: string) {
    super(model, undefined, 60)
  }
}

const hour = 3_600
const lifetimes = ['DeviceCode', 'Grant', 'IdToken', 'Interaction', 'RefreshToken', 'Session']
const eventNames = [
  'grant.success',
  'grant.error',
  'grant.revoked',
  'refresh_token.consumed',
  'refresh_token.destroyed',
]
const resource = 'urn:mtls-gateway'

/**
 * A real provider of OpenID Connect at a socket, whose pages answer for one person. Refresh tokens work once; the
 * scopes are those that clients ask for.
 */
export async function startIdentityProvider(options: IdentityProviderOptions): Promise<IdentityProvider> {
  let listener: RequestListener = (_, response) => void response.writeHead(503).end()
  const server = await serve((request, response) => listener(request, response))
  const provider = new Provider(
    server.url,
    configurationOf(options, () => running.tokenLifetime),
  )
  let isOpen = true
  const running: IdentityProvider = {
    ...server,
    issuer: server.url,
    events: [],
    refusals: [],
    answer: 'signs in',
    tokenLifetime: hour,
    tellsTokenLifetime: true,
    expireDeviceCode: (userCode) => expireDeviceCode(provider, userCode),
    close: async () => {
      if (isOpen) await server.close()
      isOpen = false
    },
  }
  for (const name of eventNames) provider.on(name, () => running.events.push(name))
  provider.use(async (context, next) => {
    if (context.path === '/sign-in') return decide(provider, running.answer, context.req, context.res)
    const refusal = context.path === '/token' ? running.refusals.shift() : undefined
    if (refusal === 'connection breaks') context.req.socket.destroy()
    else if (refusal === undefined || refusal === 'answer is lost') await next()
    else Object.assign(context, { status: 400, body: { error: refusal } })
    if (refusal === 'answer is lost') context.req.socket.destroy()
    if (context.path === '/token' && !running.tellsTokenLifetime) delete context.body.expires_in
    // The usual 5 seconds are long for a test.
    if (context.path === '/device/auth') context.body.interval = 0.01
  })
  listener = provider.callback()
  return running
}

function configurationOf({ clients, features, accessTokens }: IdentityProviderOptions, lifetime: () => number): object {
  const key = accessTokens?.key ?? generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  return {
    clients,
    jwks: { keys: [{ ...key.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256', use: 'sig' }] },
    scopes: ['openid', 'offline_access', 'mtls:read', 'mtls:write', 'mtls:admin'],
    cookies: { keys: ['k'] },
    adapter: QuietAdapter,
    features: {
      devInteractions: { enabled: false },
      deviceFlow: {
        enabled: true,
        userCodeInputSource: show('There is no such code.'),
        userCodeConfirmSource: async (context: { body: unknown }, form: string) => {
          context.body = form
        },
        successSource: show('Signed in.'),
      },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: async (context: { body: unknown }, form: string) => {
          const button =
            '<button type="submit" form="op.logoutForm" name="logout" value="yes">Yes, sign me out</button>'
          context.body = `<!doctype html><title>Sign out</title>${form}${button}`
        },
      },
      revocation: { enabled: true, allowedPolicy: () => true },
      ...(accessTokens && { resourceIndicators: jwtsFor(accessTokens.audience) }),
      ...features,
    },
    extraTokenClaims: () => accessTokens?.claims,
    formats: {
      customizers: {
        jwt: (_: unknown, __: unknown, { payload }: { readonly payload: Record<string, unknown> }) => {
          if (accessTokens?.issuer !== undefined) payload.iss = accessTokens.issuer
        },
      },
    },
    issueRefreshToken: () => true,
    rotateRefreshToken: true,
    ttl: { ...Object.fromEntries(lifetimes.map((name) => [name, hour])), AccessToken: lifetime },
    claims: { openid: ['sub', 'login_hint'] },
    conformIdTokenClaims: false,
    findAccount: (_: unknown, accountId: string) => ({
      accountId,
      claims: () => ({ sub: accountId, login_hint: loginHint }),
    }),
    interactions: { url: () => '/sign-in' },
  }
}

function jwtsFor(audience: string): object {
  return {
    enabled: true,
    defaultResource: () => resource,
    useGrantedResource: () => true,
    getResourceServerInfo: () => ({
      scope: 'mtls:read mtls:write mtls:admin',
      audience,
      accessTokenFormat: 'jwt',
      jwt: { sign: { alg: 'ES256' } },
    }),
  }
}

function show(text: string) {
  return async (context: { body: unknown }) => {
    context.body = text
  }
}

/** In the place of the pages on which somebody signs in and agrees. */
async function decide(
  provider: Provider,
  answer: IdentityProvider['answer'],
  ...[request, response]: Parameters<RequestListener>
): Promise<void> {
  const { prompt, params, session } = await provider.interactionDetails(request, response)
  if (answer === 'denies') {
    const denial = { error: 'access_denied', error_description: 'End-User aborted interaction' }
    return provider.interactionFinished(request, response, denial)
  }
  if (prompt.name === 'login') {
    return provider.interactionFinished(request, response, { login: { accountId: person } })
  }
  const grant = new provider.Grant({ accountId: session?.accountId ?? '', clientId: params.client_id })
  grant.addOIDCScope(params.scope)
  grant.addResourceScope(resource, params.scope)
  await provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } })
}

async function expireDeviceCode(provider: Provider, userCode: string): Promise<void> {
  const code = await provider.DeviceCode.findByUserCode(userCode.replace('-', ''))
  if (code === undefined) throw new Error(`There is no code ${userCode}.`)
  code.exp = Math.floor(Date.now() / 1_000) - 1
  await code.save()
}
