import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { type Login, loginFilePath } from '../src/settings/login-file.ts'
import { startServer } from './api-server.ts'
import { browse } from './browse.ts'
import { type IdentityProvider, startIdentityProvider } from './identity-provider.ts'
import { type Invocation, mtls } from './invocation.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const browser = fileURLToPath(new URL('browse.ts', import.meta.url))

let idp: IdentityProvider
let configApi: Awaited<ReturnType<typeof startServer>>
let environment: NodeJS.ProcessEnv

beforeEach(async () => {
  idp = await startIdentityProvider()
  configApi = await startServer((response) => response.writeHead(200, { 'content-type': 'application/json' }).end('[]'))
  environment = { XDG_CONFIG_HOME: await temporaryDirectory(), PATH: process.env.PATH }
})

const kept = async (): Promise<Login> => JSON.parse(await readFile(loginFilePath(environment), 'utf8'))
const place = () => ['--account', 'le123', '--config-api', configApi.url]
const atProvider = () => ['--issuer', idp.issuer, '--client-id', 'mtls']
const run = (args: readonly string[], invocation: Invocation = {}) =>
  mtls(args, { ...invocation, environment: { ...environment, ...invocation.environment } })

/** As operators hand it out. */
async function sourceFile(settings: object): Promise<string> {
  const path = join(await temporaryDirectory(), 'company.json')
  await writeFile(path, JSON.stringify({ issuer: idp.issuer, ...settings }))
  return path
}

/** Signs in by a device code, and opens the link that is shown. */
async function byDevice(open: (link: string) => Promise<unknown> = browse) {
  const pages: Promise<unknown>[] = []
  const onStderr = (text: string) => {
    const [link] = /http:\S+user_code=\S+/.exec(text) ?? []
    if (link !== undefined) pages.push(open(link))
  }
  const end = await run(['login', ...place(), ...atProvider(), '--device'], { onStderr })
  await Promise.all(pages)
  return end
}

describe('mtls login at an identity provider', () => {
  it('by a device code: shows where to enter it, waits, and keeps what the provider gives', async () => {
    const { exitCode, stdout, stderr } = await byDevice()
    expect({ exitCode, stderr }).toEqual({
      exitCode: 0,
      stderr: expect.stringMatching(
        /^To sign in, open http:\S+\/device in a browser on any device, and enter the code \w{4}-\w{4}\nor open this link: \S+\nThe code can be used for 60 minutes\. /,
      ),
    })
    expect(await kept()).toMatchObject({
      account: 'le123',
      provider: { issuer: idp.issuer, clientId: 'mtls' },
      token: expect.any(String),
      refreshToken: expect.any(String),
    })
    const { token = '', refreshToken = '', expiresAt = '' } = await kept()
    expect(Date.parse(expiresAt) - Date.now()).toBeGreaterThan(3_500_000)
    expect(configApi.requests.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${token}`])
    expect(stdout).toContain(idp.issuer)
    for (const secret of [token, refreshToken]) expect(stdout + stderr).not.toContain(secret)
  })

  it('by the browser of this machine, which finds no secret in its arguments', async () => {
    const end = await run(['login', ...place(), ...atProvider()], { environment: { BROWSER: browser } })
    expect(end).toMatchObject({ exitCode: 0, stderr: expect.stringMatching(/^Sign in in the browser window /) })
    expect(await kept()).toMatchObject({ token: expect.any(String), refreshToken: expect.any(String) })
  })

  it('names the link if no browser can be opened', async () => {
    const pages: Promise<{ readonly text: string }>[] = []
    const onStderr = (text: string) => {
      const [link] = /http:\S+redirect_uri=\S+/.exec(text) ?? []
      if (link !== undefined) pages.push(browse(link))
    }
    const end = await run(['login', ...place(), ...atProvider()], { onStderr, environment: { BROWSER: '/none' } })
    expect(end).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('(elsewhere, use --device)') })
    expect((await pages[0])?.text).toContain('You are signed in')
  })

  it('takes settings from a file, and later from the login before', async () => {
    const source = await sourceFile({ accountId: 'le123', configApi: configApi.url, clientId: 'mtls' })
    expect(await run(['login', '--from', source], { environment: { BROWSER: browser } })).toMatchObject({ exitCode: 0 })
    const { token } = await kept()
    const again = await run(['login'], { isTerminal: true, environment: { BROWSER: browser } })
    expect(again).toMatchObject({ exitCode: 0 })
    expect(await kept()).toMatchObject({ account: 'le123', configApi: configApi.url })
    expect((await kept()).token).not.toBe(token)
  })

  it('gives way to a token that somebody has, unless it is demanded', async () => {
    const given = { environment: { MTLS_TOKEN: 'the-token' } }
    const named = ['login', ...place(), '--from', await sourceFile({})]
    expect(await run(named, given)).toMatchObject({ exitCode: 0, stderr: '' })
    expect(await kept()).toMatchObject({ token: 'the-token' })
    const both = await run(['login', ...place(), ...atProvider(), '--token-file', '-'], { stdin: 't' })
    expect(both).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/^Give --token-file .*, or --issuer/) })
    const demanded = ['login', ...place(), ...atProvider()]
    expect(await run(demanded, { environment: { MTLS_TOKEN: 'the-token', BROWSER: browser } })).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('MTLS_TOKEN is set'),
    })
  })

  it('stays known where only an app key is given', async () => {
    await run(['login', ...place(), ...atProvider()], { environment: { BROWSER: browser } })
    const secret = { environment: { MTLS_APP_SECRET: 'secret' } }
    expect(await run(['login', '--app-key', 'le123.k1'], secret)).toMatchObject({ exitCode: 0, stderr: '' })
    expect(await kept()).toMatchObject({ appKey: 'le123.k1', provider: { issuer: idp.issuer } })
    expect(await kept()).not.toHaveProperty('token')
    const again = await run(['login'], { isTerminal: true, environment: { BROWSER: browser } })
    expect(again).toMatchObject({ exitCode: 0 })
    expect(await kept()).toMatchObject({ token: expect.any(String), refreshToken: expect.any(String) })
  })

  it('keeps waiting while the provider says that it asks too often', async () => {
    idp.refusals.push('authorization_pending', 'authorization_pending')
    expect(await byDevice()).toMatchObject({ exitCode: 0 })
  })

  it.each(['--device', '--scope=openid'])('says that somebody has denied it (%s)', async (option) => {
    idp.answer = 'denies'
    const end =
      option === '--device'
        ? byDevice()
        : run(['login', ...place(), ...atProvider(), option], { environment: { BROWSER: browser } })
    expect(await end).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringMatching(
        /refuses the client mtls: access_denied: End-User aborted interaction\. The sign-in was denied, /,
      ),
    })
    await expect(kept()).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('says that a code has expired', async () => {
    idp.refusals.push('expired_token')
    expect(await byDevice(async () => {})).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(
        /expired_token\. Nobody signed in before the code expired\. Start again: mtls login\.\n$/,
      ),
    })
  })

  it('says what is wrong with client and scopes', async () => {
    const stranger = run(['login', ...place(), '--issuer', idp.issuer, '--client-id', 'other', '--device'])
    expect(await stranger).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/invalid_client.* Check --client-id\./),
    })
  })

  it('says that there is no provider, or another one', async () => {
    const login = (issuer: string) => run(['login', ...place(), '--issuer', issuer, '--client-id', 'mtls'])
    expect(await login(configApi.url)).toMatchObject({
      exitCode: 3,
      stderr: expect.stringMatching(/^There is no identity provider at http:\S+: .* Check --issuer\.\n$/),
    })
    expect(await login(idp.issuer.replace('127.0.0.1', 'localhost'))).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining(`Give --issuer ${idp.issuer}, if that is the one that you mean.`),
    })
    await idp.close()
    expect(await login(idp.issuer)).toMatchObject({
      exitCode: 3,
      stderr: expect.stringMatching(/^The identity provider does not answer at \S+ \(ECONNREFUSED\)\. Check --issuer/),
    })
    expect(await login('http://login.example')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--issuer must begin with https://'),
    })
  })

  it('lets a hostile provider say nothing to the terminal', async () => {
    const evil = '\u001b[31mEVIL\u001b]0;title\u0007\u202e'
    const server = await startServer((response) => {
      const { url = '', headers } = response.req
      const issuer = `http://${headers.host}`
      const endpoints = { device_authorization_endpoint: `${issuer}/device`, token_endpoint: `${issuer}/token` }
      const code = { device_code: 'd', user_code: evil, verification_uri: `${issuer}/${evil}`, expires_in: 60 }
      const answers: Readonly<Record<string, object>> = {
        '/.well-known/openid-configuration': { issuer, ...endpoints },
        '/device': { ...code, interval: 0.01 },
        '/token': { error: evil, error_description: `${evil}\n\n${'x'.repeat(1_000)}` },
      }
      response
        .writeHead(url === '/token' ? 400 : 200, { 'content-type': 'application/json' })
        .end(JSON.stringify(answers[url]))
    })
    const login = ['login', ...place(), '--issuer', server.url, '--client-id', 'mtls', '--device']
    const { exitCode, stderr } = await run(login, { isTerminal: true })
    expect(exitCode).toBe(1)
    expect(stderr).toContain('EVIL')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(stderr).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/)
    expect(stderr.length).toBeLessThan(1_000)
  })

  it.each([
    { args: ['--device'], said: 'There is no identity provider to sign in at. Give --issuer, or set MTLS_ISSUER.' },
    { args: ['--issuer', 'https://login.example'], said: 'Give --client-id, or set MTLS_CLIENT_ID.' },
    { args: ['--issuer', 'https://u@login.example', '--client-id', 'c'], said: '--issuer must be a https url' },
    {
      args: ['--issuer', 'https://login.example', '--client-id', 'c', '--redirect-uri', 'https://a.example/'],
      said: '--redirect-uri must be like',
    },
    { args: ['--console-url', 'http://console.example'], said: '--console-url must begin with https://' },
  ])('says what is wrong with $args', async ({ args, said }) => {
    expect(await run(['login', ...place(), ...args])).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringContaining(said),
    })
  })
})

describe('mtls logout', () => {
  it('has the provider revoke the tokens, and keeps where to sign in again', async () => {
    await byDevice()
    const { refreshToken = '' } = await kept()
    const { exitCode, stdout, stderr } = await run(['logout'])
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(stdout).toMatch(
      /^You are logged out, and http:\S+ has revoked the sign-in\. .* expires on \d{4}-\d\d-\d\d \d\d:\d\d UTC\.\n$/,
    )
    expect(idp.events).toContain('grant.revoked')
    expect(await kept()).toEqual({
      account: 'le123',
      configApi: configApi.url,
      forwarderApi: 'http://127.0.0.1:8081',
      provider: expect.objectContaining({ issuer: idp.issuer }),
    })
    expect(stdout).not.toContain(refreshToken)
    expect(await run(['expiring'])).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('mtls login') })
    expect(await run(['logout', '--json'])).toEqual({ exitCode: 0, stdout: '{"revoked":false}\n', stderr: '' })
    expect(await run(['logout'])).toMatchObject({ stdout: 'Nobody is logged in.\n' })
  })

  it('removes them where the provider can not', async () => {
    idp = await startIdentityProvider({ revocation: { enabled: false } })
    await byDevice()
    expect(await run(['logout'])).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('can not revoke it.') })
    expect(await kept()).not.toHaveProperty('token')
  })

  it('removes them where the provider does not answer, and says so', async () => {
    await byDevice()
    await idp.close()
    expect(await run(['logout'])).toMatchObject({
      exitCode: 3,
      stderr: expect.stringMatching(
        /^You are logged out here, but the tokens could not be revoked\. The identity provider /,
      ),
    })
    expect(await kept()).not.toHaveProperty('refreshToken')
  })

  it('says what becomes of a token and an app key that were given', async () => {
    const given = { MTLS_TOKEN: 'the-token', MTLS_APP_SECRET: 's' }
    await run(['login', ...place(), '--app-key', 'le123.k1'], { environment: given })
    expect(await run(['logout'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(
        /^You are logged out\. The token is removed, .*\nThe app key le123\.k1 is removed here, /,
      ),
    })
    expect(await kept()).not.toHaveProperty('appSecret')
  })
})
