import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
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

/** The provider's own, in the browser of one person. */
type Cookies = Map<string, string>

/** A person's way through the provider, from the url that the console sends the browser to. @returns the way back */
export function visit(url: string, cookies: Cookies = new Map()): Promise<string> {
  return follow(url, new URL(url).origin, cookies)
}

/** Says yes where the provider asks whether to sign out. @returns the way back */
export async function confirmSignOut(url: string, cookies: Cookies): Promise<string> {
  const page = await ask(url, cookies)
  const [action, xsrf] = [/action="([^"]+)"/, /name="xsrf" value="([^"]+)"/].map((part) => part.exec(page.body)?.[1])
  if (action === undefined || xsrf === undefined) throw new Error(`${url} does not ask: ${page.body}`)
  const { location } = await ask(action, cookies, new URLSearchParams({ xsrf, logout: 'yes' }))
  return location ?? ''
}

/** Goes where it is sent, until that is elsewhere. */
async function follow(url: string, origin: string, cookies: Cookies): Promise<string> {
  if (new URL(url).origin !== origin) return url
  const { location, status } = await ask(url, cookies)
  if (location === undefined) throw new Error(`${url} answers ${status}`)
  return follow(new URL(location, url).href, origin, cookies)
}

async function ask(url: string, cookies: Cookies, form?: URLSearchParams) {
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const type = form && { 'content-type': 'application/x-www-form-urlencoded' }
  const method = form === undefined ? 'GET' : 'POST'
  const call = request(url, { method, agent: false, headers: { cookie, ...type } })
  call.end(form?.toString())
  const [answer] = (await once(call, 'response')) as [IncomingMessage]
  for (const each of answer.headers['set-cookie'] ?? []) {
    const [pair = ''] = each.split(';')
    cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1))
  }
  return { status: answer.statusCode, location: answer.headers.location, body: await text(answer) }
}
