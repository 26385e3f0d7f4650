import { readFile, stat } from 'node:fs/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { freePort, startService } from '@mtls-gateway/test-kit'
import { loginSource } from '../support/cli-login.ts'
import { CliUser } from '../support/cli-user.ts'
import { consoleEntry } from '../support/entries.ts'
import { leaksOf } from '../support/leaks.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import type { Tenant } from '../support/tenant.ts'
import type { AppKey } from '../support/wire.ts'

let system: SharedSystem
let tenant: Tenant
let token: string
let appKey: AppKey
let user: CliUser
const users: CliUser[] = []

beforeAll(async () => {
  system = await sharedSystem()
  tenant = await system.newTenant()
  token = await system.token([tenant.id])
  appKey = await tenant.newAppKey()
})

afterAll(() => system?.stop())

beforeEach(async () => {
  user = await CliUser.create(system)
  users.push(user)
})

const where = () => ['--account', tenant.id, '--config-api', system.configApi.url]
const kept = async () => JSON.parse(await readFile(user.loginFile, 'utf8'))
const isEmpty = 'No certificate ends within 30 days.\n'

describe('mtls login', () => {
  it('keeps a token from stdin for the other commands, in a file of its user alone', async () => {
    const end = await user.mtls(['login', ...where()], { stdin: `${token}\n` })
    expect(end).toEqual({ code: 0, stderr: '', stdout: expect.stringContaining(tenant.id) })
    expect(await kept()).toMatchObject({ account: tenant.id, configApi: system.configApi.url, token })
    expect((await stat(user.loginFile)).mode & 0o777).toBe(0o600)
    expect(await user.done(['expiring'])).toBe(isEmpty)
  })

  it('takes a token and the secret of an app key from files, and tries both', async () => {
    const [tokenFile, secretFile] = [await user.file('token', token), await user.file('secret', appKey.appSecret)]
    const withKey = ['--app-key', appKey.appKey, '--app-secret-file', secretFile]
    await user.done(['login', ...where(), '--token-file', tokenFile, ...withKey])
    expect(await kept()).toMatchObject({ token, appKey: appKey.appKey, appSecret: appKey.appSecret })
    const wrong = await user.mtls(['login', ...where(), '--app-key', appKey.appKey], { env: { MTLS_APP_SECRET: 'x' } })
    expect(wrong).toMatchObject({ code: 1, stdout: '' })
    expect(wrong.stderr).toMatch(/^OAUTH_CREDENTIALS_INVALID: .*\n[\s\S]*Log in with an app key and its secret/)
  })

  it('takes all of it from one file, as npm start leaves it, and tells what it kept without secrets', async () => {
    const source = await user.file('demo.json', loginSource(system, tenant, token, appKey))
    const told = JSON.parse(await user.done(['login', '--from', source, '--json']))
    expect(told).toEqual({
      account: tenant.id,
      configApi: system.configApi.url,
      forwarderApi: system.forwarderApi.url,
      appKey: appKey.appKey,
      file: user.loginFile,
    })
  })

  it('keeps an app key alone, by which the other commands sign then', async () => {
    const env = { MTLS_APP_KEY: appKey.appKey, MTLS_APP_SECRET: appKey.appSecret }
    await user.done(['login', ...where()], { env })
    expect(Object.keys(await kept())).not.toContain('token')
    expect(await user.done(['expiring'])).toBe(isEmpty)
  })

  it('keeps nothing where the token is not good, and what was kept before', async () => {
    const wrong = await user.mtls(['login', ...where()], { stdin: 'not-a-token' })
    expect(wrong).toMatchObject({ code: 1, stdout: '' })
    expect(wrong.stderr).toMatch(/^TOKEN_INVALID: .*\n[\s\S]*\n {2}request: \S+\nGet a token /)
    await expect(kept()).rejects.toMatchObject({ code: 'ENOENT' })
    await user.done(['login', ...where()], { stdin: token })
    const stranger = await user.mtls(['login', ...where()], { stdin: await system.token(['other']) })
    expect(stranger).toMatchObject({ code: 1, stderr: expect.stringMatching(/^WRONG_ACCOUNT: [\s\S]*--account/) })
    expect(await kept()).toMatchObject({ token })
  })

  it('keeps a token that may do something else than read', async () => {
    await user.done(['login', ...where()], { stdin: await system.token([tenant.id], ['mtls:write']) })
    expect(await user.mtls(['expiring'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^SCOPE_MISSING: [\s\S]*scope: mtls:read/),
    })
  })

  it.each([
    { what: 'no account', args: ['login'], said: 'There is no account.' },
    { what: 'no token', args: ['login', '--account', 'le1'], said: 'There is no token.' },
    {
      what: 'an url that is none',
      args: ['login', '--account', 'le1', '--config-api', 'x'],
      said: '--config-api must',
    },
    { what: 'no such file', args: ['login', '--from', 'none'], said: 'none can not be read. There is no such file.' },
    { what: 'a token as an argument', args: ['login', '--token', 'x'], said: "unknown option '--token'" },
  ])('says what is wrong with $what', async ({ args, said }) => {
    const end = await user.mtls(args)
    expect(end).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(said) })
  })

  it('says that a service does not answer', async () => {
    const url = `http://127.0.0.1:${await freePort()}`
    const end = await user.mtls(['login', '--account', 'le1', '--config-api', url], { stdin: token })
    expect(end).toMatchObject({
      code: 3,
      stderr: expect.stringContaining(`config-api does not answer at ${url} (ECONNREFUSED).`),
    })
  })
})

describe('mtls logout', () => {
  it('removes what login has saved, but for what the next login needs', async () => {
    await user.done(['login', ...where()], { stdin: token })
    expect(await user.done(['logout'])).toMatch(/^You are logged out\. The token is removed, /)
    expect(await kept()).toMatchObject({ account: tenant.id, configApi: system.configApi.url })
    expect(await kept()).not.toHaveProperty('token')
    await user.done(['login'], { stdin: token })
    expect(await user.done(['expiring'])).toBe(isEmpty)
  })
})

describe('mtls console', () => {
  it('prints a link, of the console that login has kept, which signs in once', async () => {
    const env = { CONSOLE_PORT: '0', CONSOLE_MANAGEMENT_PORT: '0', DATA_DIR: `${user.directory}/console` }
    const console = await startService({ entry: consoleEntry, env: { ...env, CONFIG_API_URL: system.configApi.url } })
    try {
      await user.done(['login', ...where(), '--console-url', console.url], { stdin: token })
      const link = new URL(await user.done(['console']))
      expect(link.origin + link.pathname).toBe(`${console.url}/sign-in`)
      const post = (path: string, code: string) =>
        fetch(console.url + path, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-console': '1', 'sec-fetch-site': 'same-origin' },
          body: JSON.stringify({ code }),
        })
      const open = () => post('/console/sign-in-codes/exchange', link.hash.replace('#code=', ''))
      const opened = await open()
      expect([opened.status, (await open()).status]).toEqual([200, 410])
      const { confirmation } = (await opened.json()) as { confirmation: string }
      expect((await post('/console/session/confirmation', confirmation)).status).toBe(204)
      const refused = await user.mtls(['console'], { env: { MTLS_TOKEN: 'not-a-token' } })
      expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^TOKEN_INVALID: /) })
    } finally {
      await console.stop()
    }
  })

  it('says that a console does not answer', async () => {
    const url = `http://127.0.0.1:${await freePort()}`
    const end = await user.mtls(['console', '--console-url', url], { env: { MTLS_TOKEN: token } })
    expect(end).toMatchObject({ code: 3, stderr: expect.stringContaining(`console does not answer at ${url} `) })
  })
})

describe('a command without login', () => {
  it('says how to log in', async () => {
    expect(await user.mtls(['expiring'])).toMatchObject({
      code: 2,
      stderr: 'There is no account. Give --account or set MTLS_ACCOUNT, or have one kept by mtls login --account.\n',
    })
    expect(await user.mtls(['expiring', ...where()])).toMatchObject({
      code: 2,
      stderr: 'There is no token. Log in (mtls login) or set MTLS_TOKEN.\n',
    })
  })

  it('does with the environment, which wins over the login and over which options win', async () => {
    const env = { MTLS_ACCOUNT: tenant.id, MTLS_CONFIG_API: system.configApi.url, MTLS_TOKEN: token }
    expect(await user.done(['expiring'], { env })).toBe(isEmpty)
    await user.done(['login', ...where()], { stdin: token })
    const ofOther = await user.mtls(['expiring'], { env: { MTLS_TOKEN: await system.token(['other']) } })
    expect(ofOther.stderr).toMatch(/^WRONG_ACCOUNT/)
    expect(await user.done(['expiring', ...where()], { env: { ...env, MTLS_ACCOUNT: 'other' } })).toBe(isEmpty)
  })
})

afterAll(() => {
  const secrets = { token, 'app secret': appKey.appSecret }
  expect(leaksOf(secrets, Object.fromEntries(users.map(({ written }, at) => [`user ${at}`, written])))).toEqual([])
})
