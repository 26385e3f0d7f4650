import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { type IdentityProvider, startIdentityProvider } from '@mtls-gateway/test-kit/identity-provider'

export type { IdentityProvider } from '@mtls-gateway/test-kit/identity-provider'

export const clientId = 'console'
export const clientSecret = 'secret-of-the-client'

/** A provider that knows one console. */
export function startTestProvider(consoleUrl: string): Promise<IdentityProvider> {
  const client = {
    client_id: clientId,
    client_secret: clientSecret,
    redirect_uris: [`${consoleUrl}/console/oidc/callback`],
    post_logout_redirect_uris: [`${consoleUrl}/sign-in`],
    grant_types: ['authorization_code', 'refresh_token'],
    id_token_signed_response_alg: 'ES256',
  }
  return startIdentityProvider({ clients: [client], accessTokens: { audience: 'mtls-gateway' } })
}

/** A person's way through the provider, from the url that the console sends the browser to. @returns the way back */
export function visit(url: string): Promise<string> {
  return follow(url, new URL(url).origin, new Map())
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
