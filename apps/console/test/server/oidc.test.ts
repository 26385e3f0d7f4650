import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { Environment } from '@mtls-gateway/service-kit'
import { freePort } from '@mtls-gateway/test-kit'
import { loginHint, person } from '@mtls-gateway/test-kit/identity-provider'
import { ownPath } from '../../src/server/oidc/own-path.ts'
import { mostCookieBytes } from '../../src/server/session/cookies.ts'
import { Browser, ofPage } from './support/browser.ts'
import { type ConfigApiDouble, json, startConfigApiDouble } from './support/config-api-double.ts'
import {
  oidcSession,
  openSession,
  sealSession,
  startConsole,
  type TestConsole,
  TestFolder,
} from './support/test-console.ts'
import {
  clientId,
  clientSecret,
  confirmSignOut,
  type IdentityProvider,
  startTestProvider,
  visit,
} from './support/test-provider.ts'

const folder = new TestFolder()
/** How JWTs begin that ES256 signs; the console's own are encrypted. */
const secrets = ['eyJhbGciOiJFUzI1NiI', clientSecret]
let configApi: ConfigApiDouble
let provider: IdentityProvider
let running: TestConsole
let settings: Environment

beforeAll(async () => {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  configApi = await startConfigApiDouble()
  provider = await startTestProvider(url)
  settings = {
    CONSOLE_PORT: String(port),
    CONSOLE_PUBLIC_URL: url,
    CONFIG_API_URL: configApi.url,
    OIDC_ISSUER: provider.issuer,
    OIDC_CLIENT_ID: clientId,
    OIDC_CLIENT_SECRET_FILE: folder.write('client-secret', `${clientSecret}\n`),
    OIDC_SCOPES: 'openid mtls:read',
  }
  running = await startConsole(folder, settings)
})
beforeEach(() => {
  provider.tokenLifetime = 3_600
  provider.tellsTokenLifetime = true
  provider.events.length = 0
  provider.answer = 'signs in'
  configApi.answer = (_request, response) => json(response, 200, { ok: true })
  configApi.seen.length = 0
})
afterAll(async () => {
  await running.stop()
  await Promise.all([configApi.close(), provider.close()])
  folder.remove()
})

const mappings = '/mtls/account/le123/mappings'
const refreshes = () => provider.events.filter((event) => event === 'refresh_token.consumed').length

/** To the provider. @returns where it sends the browser back to */
async function leave(browser: Browser, to = '/accounts/le123', cookies?: Map<string, string>): Promise<string> {
  const started = await browser.get(`/console/oidc/start?to=${encodeURIComponent(to)}`, { 'sec-fetch-site': 'none' })
  expect(started.status).toBe(303)
  return visit(started.headers.location ?? '', cookies)
}

/** The callback of another site: without the cookies of the session. */
function comeBack(browser: Browser, callback: string) {
  const { pathname, search } = new URL(callback)
  return browser.get(pathname + search, { 'sec-fetch-site': 'cross-site' })
}

async function signIn(): Promise<Browser> {
  const browser = new Browser(running.url, secrets)
  const answer = await comeBack(browser, await leave(browser))
  expect(answer.headers.location).toBe('/accounts/le123')
  return browser
}

describe('a sign-in with the identity provider', () => {
  it('goes there with PKCE, state and nonce, which a cookie keeps that the way back brings along', async () => {
    const browser = new Browser(running.url, secrets)
    const { headers, setCookies } = await browser.get('/console/oidc/start', {})
    const url = new URL(headers.location ?? '')
    expect(url.origin).toBe(provider.issuer)
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: 'console',
      response_type: 'code',
      redirect_uri: `${running.url}/console/oidc/callback`,
      scope: 'openid mtls:read',
      state: expect.stringMatching(/^[\w-]{40,}$/),
      nonce: expect.stringMatching(/^[\w-]{40,}$/),
      code_challenge: expect.stringMatching(/^[\w-]{40,}$/),
      code_challenge_method: 'S256',
    })
    const state = url.searchParams.get('state') ?? ''
    const shape = `^mtls-sign-in-${state.slice(0, 10)}=[\\w.-]+; Max-Age=600; Path=/; HttpOnly; SameSite=Lax$`
    expect(setCookies).toEqual([expect.stringMatching(shape)])
    expect(setCookies[0]).not.toContain(state)
  })

  it('comes back to the page that it began at, with a session and nothing else', async () => {
    const browser = new Browser(running.url, secrets)
    const answer = await comeBack(browser, await leave(browser, '/accounts/le123/audit?actor=bob'))
    expect(answer).toMatchObject({ status: 303, text: '', headers: { location: '/accounts/le123/audit?actor=bob' } })
    expect([...browser.cookies.keys()]).toEqual(['mtls-session'])
    expect(answer.setCookies[0]).toContain('SameSite=Strict')
    expect((await browser.get('/console/session')).json()).toMatchObject({ subject: person, via: 'oidc' })
    await browser.get(mappings)
    expect(configApi.seen.at(-1)?.headers.authorization).toMatch(/^Bearer eyJ/)
    expect(await (await fetch(`${running.url}/console/config`)).json()).toMatchObject({ oidc: true })
  })

  it.each(['cross-site', 'same-site'])(
    'is not begun by another site, whose link leads to the page: %s',
    async (site) => {
      const browser = new Browser(running.url, secrets)
      const begin = (to: string) => browser.get(`/console/oidc/start${to}`, { 'sec-fetch-site': site })
      expect((await begin('?to=/accounts/le123')).headers.location).toBe('/sign-in?to=%2Faccounts%2Fle123')
      expect((await begin('?to=//evil.example')).headers.location).toBe('/sign-in')
      expect((await begin('')).headers.location).toBe('/sign-in')
      expect(browser.cookies.size).toBe(0)
      expect(provider.events).toEqual([])
    },
  )

  it('works in two tabs at once', async () => {
    const browser = new Browser(running.url, secrets)
    const callbacks = [await leave(browser, '/one'), await leave(browser, '/two')]
    const answers = []
    for (const callback of callbacks) answers.push(await comeBack(browser, callback))
    expect(answers.map(({ headers }) => headers.location)).toEqual(['/one', '/two'])
  })

  it('is good for one way back, in the browser that it began in', async () => {
    const browser = new Browser(running.url, secrets)
    const callback = await leave(browser)
    const stranger = new Browser(running.url, secrets)
    const expired = { status: 303, headers: { location: '/sign-in?problem=SIGN_IN_EXPIRED' }, setCookies: [] }
    expect(await comeBack(stranger, callback)).toMatchObject(expired)
    expect((await comeBack(browser, callback)).headers.location).toBe('/accounts/le123')
    expect(await comeBack(browser, callback)).toMatchObject(expired)
    expect(await comeBack(browser, `${running.url}/console/oidc/callback`)).toMatchObject(expired)
  })

  it('takes no code of another sign-in', async () => {
    const [ann, eve] = [new Browser(running.url, secrets), new Browser(running.url, secrets)]
    const own = new URL(await leave(ann))
    const other = new URL(await leave(eve))
    own.searchParams.set('code', other.searchParams.get('code') ?? '')
    expect((await comeBack(ann, own.href)).headers.location).toMatch(/^\/sign-in\?problem=SIGN_IN_(EXPIRED|REFUSED)&/)
    expect(ann.cookies.size).toBe(0)
  })

  it('that the provider refuses says so on the page', async () => {
    provider.answer = 'denies'
    const browser = new Browser(running.url, secrets)
    const answer = await comeBack(browser, await leave(browser))
    expect(answer.headers.location).toBe('/sign-in?problem=SIGN_IN_REFUSED&to=%2Faccounts%2Fle123')
    expect(browser.cookies.size).toBe(0)
  })

  it('never fills up the head of requests', async () => {
    const browser = new Browser(running.url, secrets)
    for (let at = 0; at < 9; at += 1) await browser.get('/console/oidc/start', {})
    expect(browser.cookies.size).toBeLessThanOrEqual(5)
  })

  it('never fills it up with paths to come back to, which any site can have made', async () => {
    const browser = new Browser(running.url, secrets)
    for (let at = 0; at < 6; at += 1) await browser.get(`/console/oidc/start?to=/${'x'.repeat(2_500)}${at}`, {})
    const cookies = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    // Together with the largest session, and what browsers send else.
    expect(cookies.length + mostCookieBytes).toBeLessThan(15_000)
    expect(browser.cookies.size).toBeGreaterThan(0)
  })

  it.each([
    ['/accounts/le123', '/accounts/le123'],
    ['/?a=b#c', '/?a=b#c'],
    ['//evil.example', '/'],
    ['/\\evil.example', '/'],
    ['/\t/evil.example', '/'],
    ['/..//evil.example', '/evil.example'],
    ['/%2F/evil.example', '/%2F/evil.example'],
    ['/%5Cevil.example', '/%5Cevil.example'],
    ['/\r\n/evil.example', '/'],
    ['\\\\evil.example', '/'],
    [' //evil.example', '/'],
    ['///evil.example', '/'],
    ['/@evil.example', '/@evil.example'],
    ['//[', '/'],
    ['https://evil.example', '/'],
    ['javascript:alert(1)', '/'],
    ['', '/'],
    [`/${'x'.repeat(1_024)}`, '/'],
    [null, '/'],
    [undefined, '/'],
  ])('leads to a path of the console alone: %j', (to, path) => {
    expect(ownPath(to)).toBe(path)
  })
})

describe('a session of the identity provider', () => {
  it('is renewed a minute before its token expires, once, however many requests come', async () => {
    provider.tokenLifetime = 59
    const browser = await signIn()
    const before = await openSession(running, browser.cookies.get('mtls-session'))
    provider.tokenLifetime = 3_600
    const same = browser.at(running.url)
    const answers = await Promise.all(Array.from({ length: 10 }, () => browser.at(running.url).get(mappings)))
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200))
    // Sent before the browser had the new cookie.
    expect((await same.get(mappings)).setCookies).toHaveLength(1)
    expect(refreshes()).toBe(1)
    const tokens = new Set(
      configApi.seen.filter(({ url }) => url === mappings).map(({ headers }) => headers.authorization),
    )
    expect(tokens.size).toBe(1)
    expect([...tokens]).not.toContain(`Bearer ${before?.token}`)
    const after = await openSession(running, same.cookies.get('mtls-session'))
    expect(after).toMatchObject({ via: 'oidc', endsAt: before?.endsAt })
    expect(after?.refreshToken).not.toBe(before?.refreshToken)
    expect((await same.get(mappings)).setCookies).toEqual([])
    expect(refreshes()).toBe(1)
  })

  it('is renewed as often with a provider that does not say how long tokens last', async () => {
    provider.tokenLifetime = 59
    provider.tellsTokenLifetime = false
    const browser = await signIn()
    for (const times of [1, 2, 3]) {
      expect((await browser.get(mappings)).status).toBe(200)
      expect(refreshes()).toBe(times)
    }
  })

  it('lasts as long as its token if the provider does not renew it, and is over then', async () => {
    const browser = new Browser(running.url, secrets)
    const cookieOf = async (expiresAt: number) => sealSession(running, oidcSession(expiresAt, 'revoked'))
    browser.cookies.set('mtls-session', await cookieOf(Date.now() + 50_000))
    const errors = () => provider.events.filter((event) => event === 'grant.error').length
    for (const _ of [1, 2, 3]) expect(await browser.get(mappings)).toMatchObject({ status: 200, setCookies: [] })
    // It would refuse each time.
    expect(errors()).toBe(1)
    configApi.seen.length = 0
    browser.cookies.set('mtls-session', await cookieOf(Date.now() - 1))
    expect((await browser.get(mappings)).json()).toMatchObject({ status: 401, code: 'SESSION_REVOKED', via: 'oidc' })
    expect(browser.cookies.size).toBe(0)
    expect(configApi.seen).toEqual([])
  })

  it('is tried to renew again where the provider has not answered', async () => {
    provider.tokenLifetime = 59
    const browser = await signIn()
    provider.tokenLifetime = 3_600
    provider.refusals.push('connection breaks')
    expect(await browser.get(mappings)).toMatchObject({ status: 200, setCookies: [] })
    expect((await browser.get(mappings)).setCookies).toHaveLength(1)
    expect(refreshes()).toBe(1)
  })

  it('does not break off where the answer with the new tokens is lost, and the provider refuses another', async () => {
    provider.tokenLifetime = 59
    const browser = await signIn()
    provider.refusals.push('answer is lost')
    for (const _ of [1, 2, 3]) expect(await browser.get(mappings)).toMatchObject({ status: 200, setCookies: [] })
    expect(provider.events).toContain('grant.error')
    expect(refreshes()).toBe(1)
  })

  it('does not come back with an answer that was on its way when it ended', async () => {
    provider.tokenLifetime = 59
    const browser = await signIn()
    provider.tokenLifetime = 3_600
    const arrived = Promise.withResolvers<void>()
    const goOn = Promise.withResolvers<void>()
    configApi.answer = async (_request, response) => {
      arrived.resolve()
      await goOn.promise
      json(response, 200, {})
    }
    const other = browser.at(running.url)
    const late = other.get(mappings)
    await arrived.promise
    await browser.ask('DELETE', '/console/session', { headers: ofPage })
    goOn.resolve()
    const answer = await late
    expect(answer.status).toBe(200)
    expect(other.cookies.size).toBe(0)
    expect(refreshes()).toBe(1)
    // At the provider, too, although its tokens were renewed after the session that was signed out.
    expect(provider.events).toContain('grant.revoked')
  })

  it('ends here and, by way of the browser, at the provider, which gets no token by that way', async () => {
    const browser = new Browser(running.url, secrets)
    const cookies = new Map<string, string>()
    await comeBack(browser, await leave(browser, '/', cookies))
    const { refreshToken } = (await openSession(running, browser.cookies.get('mtls-session'))) ?? {}
    provider.answer = 'denies'
    // Who is signed in there is not asked.
    expect(await leave(browser, '/', cookies)).toContain('code=')

    const answer = await browser.ask('DELETE', '/console/session', { headers: ofPage })
    const { redirect } = answer.json() as { redirect: string }
    expect(new URL(redirect).origin).toBe(provider.issuer)
    expect(Object.fromEntries(new URL(redirect).searchParams)).toEqual({
      client_id: clientId,
      logout_hint: loginHint,
      post_logout_redirect_uri: `${running.url}/sign-in`,
    })
    expect(browser.cookies.has('mtls-session')).toBe(false)
    expect(await confirmSignOut(redirect, cookies)).toBe(`${running.url}/sign-in`)
    expect(await leave(browser, '/', cookies)).toContain('error=access_denied')

    const again = new Browser(running.url, secrets)
    const revoked = oidcSession(Date.now() - 1, refreshToken ?? '')
    again.cookies.set('mtls-session', await sealSession(running, revoked))
    expect((await again.get(mappings)).status).toBe(401)
  })

  it('ends here alone where that is how it is set, so that signing in asks for the person again', async () => {
    const own = new TestFolder()
    const alone = await startConsole(own, { ...settings, CONSOLE_PORT: '0', OIDC_SIGN_OUT: 'console' })
    try {
      const browser = new Browser(alone.url)
      browser.cookies.set('mtls-session', await sealSession(alone, oidcSession(null)))
      expect((await browser.ask('DELETE', '/console/session', { headers: ofPage })).status).toBe(204)
      const { headers } = await browser.get('/console/oidc/start', {})
      expect(new URL(headers.location ?? '').searchParams.get('prompt')).toBe('login')
    } finally {
      await alone.stop()
      own.remove()
    }
  })
})

describe('while the identity provider is down', () => {
  let down: TestConsole
  const own = new TestFolder()

  beforeAll(async () => {
    down = await startConsole(own, {
      CONSOLE_PUBLIC_URL: 'http://127.0.0.1',
      CONFIG_API_URL: configApi.url,
      OIDC_ISSUER: `http://127.0.0.1:${await freePort()}`,
      OIDC_CLIENT_ID: clientId,
      OIDC_CLIENT_SECRET_FILE: folder.write('client-secret', clientSecret),
    })
  })
  afterAll(async () => {
    await down.stop()
    own.remove()
  })

  it('nobody signs in, and the page says why', async () => {
    const answer = await new Browser(down.url).get('/console/oidc/start', {})
    expect(answer.headers.location).toBe('/sign-in?problem=IDENTITY_PROVIDER_UNAVAILABLE')
  })

  it('sessions go on as long as their tokens, and are kept beyond that', async () => {
    const browser = new Browser(down.url)
    browser.cookies.set('mtls-session', await sealSession(down, oidcSession(Date.now() + 30_000)))
    expect((await browser.get(mappings)).status).toBe(200)
    browser.cookies.set('mtls-session', await sealSession(down, oidcSession(Date.now() - 1)))
    const answer = await browser.get(mappings)
    expect(answer.json()).toMatchObject({ status: 503, code: 'IDENTITY_PROVIDER_UNAVAILABLE' })
    expect(browser.cookies.size).toBe(1)
  })

  it('signing out works here', async () => {
    const browser = new Browser(down.url)
    browser.cookies.set('mtls-session', await sealSession(down, oidcSession(null)))
    expect((await browser.ask('DELETE', '/console/session', { headers: ofPage })).status).toBe(204)
    expect(browser.cookies.size).toBe(0)
  })
})
