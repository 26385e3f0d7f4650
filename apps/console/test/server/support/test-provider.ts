import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair } from 'jose'
import Provider from 'oidc-provider'

export interface TestProvider {
  readonly issuer: string
  /** In seconds, of tokens that are issued from now on. */
  tokenLifetime: number
  /** What happens to whoever comes to sign in. */
  result: object
  /** Tokens that were issued for refresh tokens. */
  refreshes: number
  /** A person's way through the provider, from the url that the console sends the browser to. @returns the way back */
  visit(url: string): Promise<string>
  close(): Promise<void>
}

export const clientId = 'console'
export const clientSecret = 'secret-of-the-client'
const resource = 'urn:mtls-gateway'

/** A real provider of OpenID Connect for one console, with one person called ann. Refresh tokens work once. */
export async function startTestProvider(consoleUrl: string): Promise<TestProvider> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const tokenLifetime = () => running.tokenLifetime
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uris: [`${consoleUrl}/console/oidc/callback`],
        post_logout_redirect_uris: [`${consoleUrl}/sign-in`],
        grant_types: ['authorization_code', 'refresh_token'],
        id_token_signed_response_alg: 'ES256',
      },
    ],
    jwks: { keys: [{ ...(await exportJWK(privateKey)), kid: 'one', alg: 'ES256', use: 'sig' }] },
    cookies: { keys: ['one'] },
    features: {
      devInteractions: { enabled: false },
      revocation: { enabled: true, allowedPolicy: async () => true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => resource,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: 'mtls:read',
          audience: 'mtls-gateway',
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
    issueRefreshToken: async () => true,
    rotateRefreshToken: true,
    ttl: {
      AccessToken: tokenLifetime,
      Grant: 600,
      IdToken: 600,
      Interaction: 600,
      RefreshToken: 600,
      Session: 600,
    },
    interactions: { url: (_: unknown, { uid }: { readonly uid: string }) => `/interaction/${uid}` },
    findAccount: (_: unknown, accountId: string) => ({ accountId, claims: async () => ({ sub: accountId }) }),
    loadExistingGrant: async () => {
      const grant = new provider.Grant({ clientId, accountId: 'ann' })
      grant.addOIDCScope('openid')
      grant.addResourceScope(resource, 'mtls:read')
      await grant.save()
      return grant
    },
  })
  provider.on('grant.success', ({ oidc }: { readonly oidc: { readonly params: { readonly grant_type: string } } }) => {
    if (oidc.params.grant_type === 'refresh_token') running.refreshes += 1
  })
  const answer = provider.callback()
  server.on('request', (incoming, response) => {
    if (incoming.url?.startsWith('/interaction/') !== true) return answer(incoming, response)
    void provider.interactionFinished(incoming, response, running.result)
  })
  const running: TestProvider = {
    issuer,
    tokenLifetime: 3_600,
    result: { login: { accountId: 'ann' } },
    refreshes: 0,
    visit: (url) => follow(url, issuer, new Map()),
    close: async () => {
      if (!server.listening) return
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return running
}

/** Goes where it is sent, until that is elsewhere. */
async function follow(url: string, origin: string, cookies: Map<string, string>): Promise<string> {
  if (new URL(url).origin !== origin) return url
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const call = request(url, { agent: false, headers: { cookie } })
  call.end()
  const [answer] = (await once(call, 'response')) as [IncomingMessage]
  answer.resume()
  for (const each of answer.headers['set-cookie'] ?? []) {
    const [pair = ''] = each.split(';')
    cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1))
  }
  const { location } = answer.headers
  if (location === undefined) throw new Error(`${url} answers ${answer.statusCode}`)
  return follow(new URL(location, url).href, origin, cookies)
}
