import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach } from '@jest/globals'
import Provider from 'oidc-provider'
import MemoryAdapter from 'oidc-provider/lib/adapters/memory_adapter.js'

const closings: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closings.splice(0)) await close()
})

export interface IdentityProvider {
  readonly issuer: string
  readonly provider: Provider
  /** What happened, in its order. */
  readonly events: readonly string[]
  /** What the token endpoint answers instead of what it would, once each. */
  readonly refusals: string[]
  /** Of whoever is asked to sign in. */
  answer: 'signs in' | 'denies'
  close(): Promise<void>
}

/** The default one, which warns wherever it is used; it knows for a minute more what has expired. */
class QuietAdapter extends MemoryAdapter {
  constructor(model: string) {
    super(model, undefined, 60)
  }
}

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const key = { ...privateKey.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256', use: 'sig' }
const hour = 3_600
const lifetimes = ['AccessToken', 'DeviceCode', 'Grant', 'IdToken', 'Interaction', 'RefreshToken', 'Session']

/** A real one on a real socket, at which `mtls` is a public client; closed after the test. */
export async function startIdentityProvider(features: object = {}): Promise<IdentityProvider> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  // It listens: its address is no pipe's.
  const { port } = server.address() as AddressInfo
  const issuer = `http://127.0.0.1:${port}`
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'mtls',
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        id_token_signed_response_alg: 'ES256',
        grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
        response_types: ['code'],
        redirect_uris: ['http://127.0.0.1/callback'],
      },
    ],
    scopes: ['openid', 'offline_access', 'mtls:read', 'mtls:write'],
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
      revocation: { enabled: true, allowedPolicy: () => true },
      ...features,
    },
    adapter: QuietAdapter,
    findAccount: (_: unknown, accountId: string) => ({ accountId, claims: () => ({ sub: accountId }) }),
    issueRefreshToken: () => true,
    interactions: { url: () => '/sign-in' },
    ttl: Object.fromEntries(lifetimes.map((name) => [name, hour])),
    cookies: { keys: ['k'] },
    jwks: { keys: [key] },
  })
  const events: string[] = []
  const names = ['grant.success', 'grant.error', 'grant.revoked', 'refresh_token.consumed', 'refresh_token.destroyed']
  for (const name of names) provider.on(name, () => events.push(name))
  const close = async () => {
    if (!server.listening) return
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  }
  closings.push(close)
  const started: IdentityProvider = { issuer, provider, events, refusals: [], answer: 'signs in', close }
  provider.use(async (context, next) => {
    if (context.path === '/sign-in') return decide(started, context.req, context.res)
    const refusal = context.path === '/token' ? started.refusals.shift() : undefined
    if (refusal === 'connection breaks') context.req.socket.destroy()
    else if (refusal === undefined) await next()
    else Object.assign(context, { status: 400, body: { error: refusal } })
    // The usual 5 seconds are long for a test.
    if (context.path === '/device/auth') context.body.interval = 0.01
  })
  server.on('request', provider.callback())
  return started
}

function show(text: string) {
  return async (context: { body: unknown }) => {
    context.body = text
  }
}

/** In the place of the pages on which somebody signs in and agrees. */
async function decide(
  { provider, answer }: IdentityProvider,
  ...[request, response]: Parameters<ReturnType<Provider['callback']>>
): Promise<void> {
  const { prompt, params, session } = await provider.interactionDetails(request, response)
  if (answer === 'denies') {
    const denial = { error: 'access_denied', error_description: 'End-User aborted interaction' }
    return provider.interactionFinished(request, response, denial)
  }
  if (prompt.name === 'login') {
    return provider.interactionFinished(request, response, { login: { accountId: 'alice' } })
  }
  const grant = new provider.Grant({ accountId: session?.accountId ?? '', clientId: params.client_id })
  grant.addOIDCScope(params.scope)
  await provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } })
}
