import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Seal } from '../../src/server/session/seal.ts'
import { sealingKeys } from '../../src/server/session/session-keys.ts'
import { signInCodeSchema } from '../../src/server/sign-in/sign-in-codes.ts'
import { Browser, confirm, exchange, makeCode, ofPage, signInByLink } from './support/browser.ts'
import { type ConfigApiDouble, startConfigApiDouble } from './support/config-api-double.ts'
import { openSession, sealSession, startConsole, type TestConsole, TestFolder } from './support/test-console.ts'

const folder = new TestFolder()
let configApi: ConfigApiDouble
let running: TestConsole

beforeAll(async () => {
  configApi = await startConfigApiDouble()
  running = await startConsole(folder, { CONFIG_API_URL: configApi.url })
})
afterAll(async () => {
  await running.stop()
  await configApi.close()
  folder.remove()
})

describe('a link', () => {
  it('leads to the page, with the code where no server sees it', async () => {
    const { code, url, expiresAt } = await makeCode(running.url)
    expect(url).toBe(`${running.url}/sign-in#code=${code}`)
    expect(Date.parse(expiresAt) - Date.now()).toBeLessThanOrEqual(60_000)
    expect(code).not.toContain(Buffer.from('token-of-ann').toString('base64url'))
  })

  it('is made for a token that config-api takes, and for nobody else', async () => {
    const ask = (headers: Record<string, string>) =>
      fetch(`${running.url}/console/sign-in-codes`, { method: 'POST', headers }).then((answer) => answer.json())
    expect(await ask({ authorization: 'Bearer of-nobody' })).toMatchObject({ status: 401, code: 'TOKEN_INVALID' })
    expect(await ask({})).toMatchObject({ status: 401, code: 'CREDENTIALS_MISSING' })
    const browser = await signInByLink(running.url)
    const answer = await browser.ask('POST', '/console/sign-in-codes', { headers: ofPage })
    expect(answer.json()).toMatchObject({ code: 'CREDENTIALS_MISSING' })
  })

  it('signs nobody in: it names whom it would, and the page that looked first can confirm, once', async () => {
    const { code } = await makeCode(running.url)
    const [first, second] = [new Browser(running.url), new Browser(running.url)]
    const answer = await first.post('/console/sign-in-codes/exchange', { code })
    expect(answer).toMatchObject({ status: 200, setCookies: [] })
    expect(answer.json()).toEqual({
      confirmation: expect.any(String),
      subject: 'ann',
      accounts: ['le123'],
      scopes: ['mtls:read', 'mtls:write'],
      expiresAt: expect.stringMatching(/^\d{4}-.*Z$/),
    })
    expect((await first.get('/console/session')).status).toBe(401)
    const again = await second.post('/console/sign-in-codes/exchange', { code })
    expect(again.json()).toMatchObject({ status: 410, code: 'SIGN_IN_CODE_INVALID' })

    const { confirmation } = answer.json() as { confirmation: string }
    const signedIn = await confirm(first, confirmation)
    expect(signedIn).toMatchObject({ status: 204, text: '' })
    expect(signedIn.setCookies).toEqual([
      expect.stringMatching(/^mtls-session=1\.[\w.-]+; Max-Age=608\d{3}; Path=\/; HttpOnly; SameSite=Strict$/),
    ])
    expect((await confirm(second, confirmation)).json()).toMatchObject({ status: 410, code: 'SIGN_IN_CODE_INVALID' })
    const session = await first.get('/console/session')
    expect(session.json()).toEqual({
      subject: 'ann',
      accounts: ['le123'],
      scopes: ['mtls:read', 'mtls:write'],
      expiresAt: expect.stringMatching(/^\d{4}-.*Z$/),
      via: 'link',
    })
  })

  it('is no confirmation, and a confirmation is no link', async () => {
    const browser = new Browser(running.url)
    const { code } = await makeCode(running.url)
    const invalid = { status: 410, code: 'SIGN_IN_CODE_INVALID' }
    expect((await confirm(browser, code)).json()).toMatchObject(invalid)
    const confirmation = await exchange(browser, code)
    const answer = await browser.post('/console/sign-in-codes/exchange', { code: confirmation })
    expect(answer.json()).toMatchObject(invalid)
    expect((await confirm(browser, confirmation)).status).toBe(204)
  })

  it('takes the place of no session before somebody confirms', async () => {
    configApi.subjects.set('token-of-eve', 'eve')
    const browser = await signInByLink(running.url)
    const confirmation = await exchange(browser, (await makeCode(running.url, 'token-of-eve')).code)
    expect((await browser.get('/console/session')).json()).toMatchObject({ subject: 'ann' })
    await confirm(browser, confirmation)
    expect((await browser.get('/console/session')).json()).toMatchObject({ subject: 'eve' })
  })

  it('of two that are opened at the same time, is good for one', async () => {
    const { code } = await makeCode(running.url)
    const answers = await Promise.all(
      [1, 2, 3].map(() => new Browser(running.url).post('/console/sign-in-codes/exchange', { code })),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 410, 410])
  })

  it('is not used up while config-api is away, and dead once its token is', async () => {
    const own = new TestFolder()
    const api = await startConfigApiDouble()
    const alone = await startConsole(own, { CONFIG_API_URL: api.url })
    const browser = new Browser(alone.url)
    const { code } = await makeCode(alone.url)
    const ask = () => browser.post('/console/sign-in-codes/exchange', { code })
    try {
      api.isBroken = true
      expect((await ask()).json()).toMatchObject({ code: 'CONFIG_API_UNAVAILABLE' })
      api.isBroken = false
      api.subjects.delete('token-of-ann')
      expect((await ask()).json()).toMatchObject({ code: 'SIGN_IN_CODE_INVALID' })
      api.subjects.set('token-of-ann', 'ann')
      expect((await ask()).status).toBe(200)
    } finally {
      await alone.stop()
      await api.close()
      own.remove()
    }
  })

  it('does not work when it has expired, was changed, or is something else that the console has sealed', async () => {
    const keys = sealingKeys(readFileSync(join(running.dataDir, 'console-session.key'), 'utf8'))
    const old = { id: 'one', owner: 'ann', token: 'token-of-ann', tokenExpiresAt: null, expiresAt: Date.now() - 1 }
    const expired = await new Seal(keys['sign-in-code'], signInCodeSchema).close(old)
    const late = await new Seal(keys['sign-in-confirmation'], signInCodeSchema).close(old)
    const { code } = await makeCode(running.url)
    const changed = code.replace(/\.(.)(?=[^.]{60})/, (_, letter) => `.${letter === 'A' ? 'B' : 'A'}`)
    const session = (await signInByLink(running.url)).cookies.get('mtls-session')?.slice(2)
    for (const wrong of [expired, late, changed, session, 'x', 'a.b.c.d.e']) {
      for (const path of ['/console/sign-in-codes/exchange', '/console/session/confirmation']) {
        const answer = await new Browser(running.url).post(path, { code: wrong })
        expect(answer.json()).toMatchObject({ status: 410, code: 'SIGN_IN_CODE_INVALID' })
        expect(answer.setCookies).toEqual([])
      }
    }
  })

  it('comes as JSON with a code, and little of it', async () => {
    const browser = new Browser(running.url)
    const send = (body: string) =>
      browser.ask('POST', '/console/sign-in-codes/exchange', {
        headers: { ...ofPage, 'content-type': 'application/json' },
        body,
      })
    expect((await send('{"code": 1}')).json()).toMatchObject({ code: 'VALIDATION_FAILED' })
    expect((await send('{"code"')).json()).toMatchObject({ code: 'MALFORMED_JSON' })
    expect((await send(JSON.stringify({ code: 'x'.repeat(40_000) }))).json()).toMatchObject({ code: 'BODY_TOO_LARGE' })
  })
})

describe('an invitation', () => {
  it('counts as one of its account, also where a link has handed it on', async () => {
    configApi.subjects.set('token-of-guest', 'guest')
    const [redeemed, linked] = [new Browser(running.url), await signInByLink(running.url, 'token-of-guest')]
    await redeemed.post('/console/session/invitation', { code: 'welcome' })
    const sessions = [redeemed, linked].map(({ cookies }) => openSession(running, cookies.get('mtls-session')))
    expect((await Promise.all(sessions)).map((session) => session?.owner)).toEqual([
      'invitations of le123',
      'invitations of le123',
    ])
  })

  it('is redeemed at config-api, and ends when it says', async () => {
    const browser = new Browser(running.url)
    expect(await browser.post('/console/session/invitation', { code: 'welcome' })).toMatchObject({ status: 204 })
    const session = await browser.get('/console/session')
    expect(session.json()).toMatchObject({ via: 'invitation', label: 'our supplier' })
    expect(configApi.seen.find(({ url }) => url.includes('redeem'))?.headers).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
    })
  })

  it('says what it is for before it is redeemed, and signs nobody in by that', async () => {
    const browser = new Browser(running.url)
    configApi.seen.length = 0
    const answer = await browser.post('/console/invitations/describe', { code: 'welcome' })
    expect(answer).toMatchObject({ status: 200, setCookies: [] })
    const expiresAt = expect.stringMatching(/^\d{4}-.*Z$/)
    expect(answer.json()).toEqual({
      ...{ accountId: 'le123', scopes: ['mtls:read'], expiresAt, label: 'our supplier' },
      invitedBy: 'https://login.example#ada',
    })
    expect(configApi.seen.map(({ url }) => url)).toEqual(['/mtls/invitations/describe'])
    expect(configApi.seen[0]?.headers).toMatchObject({ 'x-forwarded-for': '127.0.0.1' })
  })

  it('that config-api refuses signs nobody in', async () => {
    for (const path of ['/console/invitations/describe', '/console/session/invitation']) {
      const answer = await new Browser(running.url).post(path, { code: 'guessed' })
      expect(answer).toMatchObject({ status: 401, setCookies: [] })
    }
  })
})

describe('a session', () => {
  it('is asked for, and what is no session is cleared', async () => {
    const nobody = new Browser(running.url)
    const answer = await nobody.get('/console/session')
    expect(answer).toMatchObject({ status: 401, setCookies: [] })
    expect(answer.json()).toMatchObject({ code: 'SESSION_REQUIRED' })
    nobody.cookies.set('mtls-session', '1.made-up')
    const madeUp = await nobody.get('/console/session')
    expect(madeUp.json()).toMatchObject({ status: 401, code: 'SESSION_UNREADABLE' })
    expect(madeUp.setCookies).toEqual(['mtls-session=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict'])
    expect(nobody.cookies.size).toBe(0)
  })

  it('is over when config-api no longer takes its token', async () => {
    configApi.subjects.set('short-lived', 'bob')
    const browser = await signInByLink(running.url, 'short-lived')
    expect((await browser.get('/console/session')).status).toBe(200)
    configApi.subjects.delete('short-lived')
    const over = { status: 401, code: 'SESSION_REVOKED', via: 'link', expiresAt: expect.stringMatching(/Z$/) }
    expect((await browser.get('/console/session')).json()).toMatchObject(over)
    expect(browser.cookies.size).toBe(0)
  })

  it('that has expired is told as that, each time, and lets nobody in', async () => {
    const browser = new Browser(running.url)
    const endsAt = Date.now() - 60_000
    const past = {
      id: 'one',
      owner: 'ann',
      via: 'invitation',
      token: 'token-of-ann',
      endsAt,
      label: 'Our bank',
    } as const
    browser.cookies.set('mtls-session', await sealSession(running, { ...past, tokenExpiresAt: null }))
    const expiresAt = new Date(endsAt).toISOString()
    configApi.seen.length = 0
    for (const path of ['/console/session', '/mtls/account/le123/mappings', '/console/session']) {
      const told = { status: 401, code: 'SESSION_EXPIRED', via: 'invitation', label: 'Our bank', expiresAt }
      expect((await browser.get(path)).json()).toMatchObject(told)
    }
    expect(configApi.seen).toEqual([])
    expect((await browser.ask('DELETE', '/console/session', { headers: ofPage })).status).toBe(204)
    expect(browser.cookies.size).toBe(0)
  })

  it('that has expired leaves no token in the browser once its end was told', async () => {
    const browser = new Browser(running.url)
    const endsAt = Date.now() - 60_000
    const past = {
      ...({ id: 'one', owner: 'ann', via: 'oidc', token: 'token-of-ann', tokenExpiresAt: null } as const),
      ...{ endsAt, refreshToken: 'to-renew', logoutHint: 'ann' },
    }
    browser.cookies.set('mtls-session', await sealSession(running, past))
    await browser.get('/console/session')
    expect(await openSession(running, browser.cookies.get('mtls-session'))).toEqual({
      id: 'one',
      owner: 'ann',
      via: 'oidc',
      token: '',
      tokenExpiresAt: null,
      endsAt,
    })
    const again = await browser.get('/console/session')
    expect(again.json()).toMatchObject({ code: 'SESSION_EXPIRED', expiresAt: new Date(endsAt).toISOString() })
    expect(again.setCookies).toEqual([])
  })

  it('ends by signing out', async () => {
    const browser = await signInByLink(running.url)
    expect(await browser.ask('DELETE', '/console/session', { headers: ofPage })).toMatchObject({ status: 204 })
    expect(browser.cookies.size).toBe(0)
    expect((await browser.ask('DELETE', '/console/session', { headers: ofPage })).status).toBe(204)
  })

  it('survives a restart of the console, and the console a session of its former key', async () => {
    const own = new TestFolder()
    const before = await startConsole(own, { CONFIG_API_URL: configApi.url })
    const browser = await signInByLink(before.url)
    await before.stop()
    const after = await startConsole(own, { CONFIG_API_URL: configApi.url })
    expect((await browser.at(after.url).get('/console/session')).status).toBe(200)
    await after.stop()
    const old = readFileSync(join(own.path, 'data', 'console-session.key'), 'utf8')
    const fresh = Buffer.alloc(32, 7).toString('base64')
    const start = (keys: string) =>
      startConsole(own, { CONFIG_API_URL: configApi.url, CONSOLE_SESSION_KEY_FILE: own.write('keys', keys) })
    const rotated = await start(`${fresh}\n${old}`)
    expect((await browser.at(rotated.url).get('/console/session')).status).toBe(200)
    await rotated.stop()
    const without = await start(fresh)
    const refused = await browser.at(without.url).get('/console/session')
    expect(refused.json()).toMatchObject({ status: 401, code: 'SESSION_UNREADABLE' })
    await without.stop()
    own.remove()
  })
})
