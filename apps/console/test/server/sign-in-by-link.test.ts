import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Seal } from '../../src/server/session/seal.ts'
import { sealingKeys } from '../../src/server/session/session-keys.ts'
import { signInCodeSchema } from '../../src/server/sign-in/sign-in-codes.ts'
import { Browser, makeCode, ofPage, signInByLink } from './support/browser.ts'
import { type ConfigApiDouble, startConfigApiDouble } from './support/config-api-double.ts'
import { openSession, startConsole, type TestConsole, TestFolder } from './support/test-console.ts'

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

  it('signs in once', async () => {
    const { code } = await makeCode(running.url)
    const [first, second] = [new Browser(running.url), new Browser(running.url)]
    const answer = await first.post('/console/session/code', { code })
    expect(answer).toMatchObject({ status: 204, text: '' })
    expect(answer.setCookies).toEqual([
      expect.stringMatching(/^mtls-session=1\.[\w.-]+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=3\d{3}$/),
    ])
    const again = await second.post('/console/session/code', { code })
    expect(again.json()).toMatchObject({ status: 410, code: 'SIGN_IN_CODE_INVALID' })
    expect(again.setCookies).toEqual([])
    const session = await first.get('/console/session')
    expect(session.json()).toEqual({
      subject: 'ann',
      accounts: ['le123'],
      scopes: ['mtls:read', 'mtls:write'],
      expiresAt: expect.stringMatching(/^\d{4}-.*Z$/),
      via: 'link',
    })
  })

  it('of two that are opened at the same time, signs in one', async () => {
    const { code } = await makeCode(running.url)
    const answers = await Promise.all(
      [1, 2, 3].map(() => new Browser(running.url).post('/console/session/code', { code })),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 410, 410])
  })

  it('does not sign in when it has expired, was changed, or is something else that the console has sealed', async () => {
    const keys = sealingKeys(readFileSync(join(running.dataDir, 'console-session.key'), 'utf8'))
    const seal = new Seal(keys['sign-in-code'], signInCodeSchema)
    const expired = await seal.close({
      id: 'one',
      owner: 'ann',
      token: 'token-of-ann',
      tokenExpiresAt: null,
      expiresAt: Date.now() - 1,
    })
    const { code } = await makeCode(running.url)
    const changed = code.replace(/\.(.)(?=[^.]{60})/, (_, letter) => `.${letter === 'A' ? 'B' : 'A'}`)
    const session = (await signInByLink(running.url)).cookies.get('mtls-session')?.slice(2)
    for (const wrong of [expired, changed, session, 'x', 'a.b.c.d.e']) {
      const answer = await new Browser(running.url).post('/console/session/code', { code: wrong })
      expect(answer.json()).toMatchObject({ status: 410, code: 'SIGN_IN_CODE_INVALID' })
    }
  })

  it('comes as JSON with a code, and little of it', async () => {
    const browser = new Browser(running.url)
    const send = (body: string) =>
      browser.ask('POST', '/console/session/code', { headers: { ...ofPage, 'content-type': 'application/json' }, body })
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

  it('that config-api refuses signs nobody in', async () => {
    const answer = await new Browser(running.url).post('/console/session/invitation', { code: 'guessed' })
    expect(answer).toMatchObject({ status: 401, setCookies: [] })
  })
})

describe('a session', () => {
  it('is asked for, and what is no session is cleared', async () => {
    const nobody = new Browser(running.url)
    const answer = await nobody.get('/console/session')
    expect(answer).toMatchObject({ status: 401, setCookies: [] })
    expect(answer.json()).toMatchObject({ code: 'SESSION_REQUIRED' })
    nobody.cookies.set('mtls-session', '1.made-up')
    expect((await nobody.get('/console/session')).setCookies).toEqual([
      'mtls-session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0',
    ])
    expect(nobody.cookies.size).toBe(0)
  })

  it('is over when config-api no longer takes its token', async () => {
    configApi.subjects.set('short-lived', 'bob')
    const browser = await signInByLink(running.url, 'short-lived')
    expect((await browser.get('/console/session')).status).toBe(200)
    configApi.subjects.delete('short-lived')
    expect((await browser.get('/console/session')).json()).toMatchObject({ status: 401, code: 'SESSION_REQUIRED' })
    expect(browser.cookies.size).toBe(0)
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
    expect((await browser.at(without.url).get('/console/session')).status).toBe(401)
    await without.stop()
    own.remove()
  })
})
