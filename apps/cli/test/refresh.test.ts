import { lutimes, mkdir, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { type Login, loginFilePath, readLogin, writeLogin } from '../src/settings/login-file.ts'
import { withLoginLock } from '../src/settings/login-lock.ts'
import { KeptToken } from '../src/sign-in/kept-token.ts'
import { startServer } from './api-server.ts'
import { browse } from './browse.ts'
import { type IdentityProvider, startIdentityProvider } from './identity-provider.ts'
import { mtls } from './invocation.ts'
import { temporaryDirectory } from './temporary-directory.ts'

let idp: IdentityProvider
let configApi: Awaited<ReturnType<typeof startServer>>
let environment: NodeJS.ProcessEnv
let file: string

beforeEach(async () => {
  idp = await startIdentityProvider()
  configApi = await startServer((response) => response.writeHead(200, { 'content-type': 'application/json' }).end('[]'))
  environment = { XDG_CONFIG_HOME: await temporaryDirectory() }
  file = loginFilePath(environment)
  const pages: Promise<unknown>[] = []
  const onStderr = (text: string) => {
    const [link] = /http:\S+user_code=\S+/.exec(text) ?? []
    if (link !== undefined) pages.push(browse(link))
  }
  const at = ['--account', 'le123', '--config-api', configApi.url, '--issuer', idp.issuer, '--client-id', 'mtls']
  expect(await mtls(['login', ...at, '--device'], { environment, onStderr })).toMatchObject({ exitCode: 0 })
  await Promise.all(pages)
  configApi.requests.length = 0
})

const kept = async (): Promise<Login> => JSON.parse(await readFile(file, 'utf8'))
const expiring = () => mtls(['expiring'], { environment })
const endsIn = async (seconds: number) =>
  writeLogin(file, { ...(await kept()), expiresAt: new Date(Date.now() + seconds * 1_000).toISOString() })
const presented = () => configApi.requests.map(({ headers }) => headers.authorization)

describe('a token of a sign-in', () => {
  it('is used as it is while it is good', async () => {
    const before = await kept()
    await expiring()
    expect(presented()).toEqual([`Bearer ${before.token}`])
    expect(await kept()).toEqual(before)
  })

  it('is refreshed when it is about to expire, once for all commands that run at that time', async () => {
    const before = await kept()
    await endsIn(10)
    const ends = await Promise.all([expiring(), expiring(), expiring(), expiring()])
    expect(ends.map(({ exitCode, stderr }) => [exitCode, stderr])).toEqual(Array(4).fill([0, '']))
    const after = await kept()
    expect(after.token).not.toBe(before.token)
    expect(after.refreshToken).not.toBe(before.refreshToken)
    expect(Date.parse(after.expiresAt ?? '')).toBeGreaterThan(Date.now() + 3_500_000)
    expect(presented()).toEqual(Array(4).fill(`Bearer ${after.token}`))
    // A refresh token that comes back would have ended the session.
    expect(idp.events.filter((name) => name === 'refresh_token.consumed').length).toBe(1)
    expect(idp.events).not.toContain('grant.revoked')
    expect(await readdir(dirname(file))).toEqual(['login.json'])
  })

  it('whose session has ended says that one has to sign in again', async () => {
    const { refreshToken = '' } = await kept()
    await endsIn(-1)
    idp.refusals.push('invalid_grant')
    const { exitCode, stderr } = await expiring()
    expect(exitCode).toBe(2)
    expect(stderr).toBe(`Your sign-in at ${idp.issuer} has expired or was ended. Sign in again: mtls login.\n`)
    expect(stderr).not.toContain(refreshToken)
    expect(presented()).toEqual([])
  })

  it('is used up to its end while the provider is away', async () => {
    await idp.close()
    await endsIn(10)
    expect(await expiring()).toMatchObject({ exitCode: 0, stderr: '' })
    await endsIn(-1)
    expect(await expiring()).toMatchObject({
      exitCode: 3,
      stderr: expect.stringMatching(/^The identity provider does not answer at /),
    })
  })

  it('is left alone where the environment has another', async () => {
    await endsIn(-1)
    const before = await kept()
    await mtls(['expiring'], { environment: { ...environment, MTLS_TOKEN: 'other' } })
    expect(presented()).toEqual(['Bearer other'])
    expect(await kept()).toEqual(before)
  })

  it('is not refreshed where somebody has logged in to another account, or out, meanwhile', async () => {
    await endsIn(-1)
    const login = await kept()
    const token = new KeptToken(file, login)
    for (const meanwhile of [{ ...login, account: 'le124' }, { account: 'le123' }]) {
      await writeLogin(file, meanwhile)
      await expect(token.current()).rejects.toMatchObject({
        exitCode: 2,
        message: expect.stringContaining('changed by another command'),
      })
    }
    expect(idp.events).not.toContain('refresh_token.consumed')
  })
})

describe('the lock of the login', () => {
  const lock = () => `${file}.lock`
  const next = () => withLoginLock(file, async () => 'done')

  it('lets one after the other in', async () => {
    const order: string[] = []
    const work = (name: string) => async () => {
      order.push(`${name} begins`)
      await new Promise((resolve) => setTimeout(resolve, 5))
      order.push(`${name} ends`)
    }
    await Promise.all(['a', 'b', 'c'].map((name) => withLoginLock(file, work(name))))
    expect(order.map((event) => event.slice(2))).toEqual(Array(3).fill(['begins', 'ends']).flat())
  })

  it('of a process that was killed is taken away, and only that', async () => {
    const dead = 2 ** 22 + 1
    await writeFile(lock(), JSON.stringify({ pid: dead, host: hostname(), id: 'x' }))
    expect(await next()).toBe('done')
    await writeFile(lock(), JSON.stringify({ pid: dead, host: 'another', id: 'x' }))
    const long = new Date(Date.now() - 600_000)
    await utimes(lock(), long, long)
    expect(await Promise.all([next(), next(), next()])).toEqual(['done', 'done', 'done'])
    expect(await readdir(dirname(file))).toEqual(['login.json'])
  })

  it('that can not be read is taken away in time, too, and what is no lock is told of', async () => {
    await symlink('/nowhere/else', lock())
    const long = new Date(Date.now() - 600_000)
    await lutimes(lock(), long, long)
    expect(await Promise.all([next(), next()])).toEqual(['done', 'done'])
    expect(await readdir(dirname(file))).toEqual(['login.json'])
    await mkdir(lock())
    await expect(next()).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining('EISDIR') })
  })

  it('is given back where the work fails', async () => {
    await expect(withLoginLock(file, () => Promise.reject(new Error('it fails')))).rejects.toThrow('it fails')
    expect(await next()).toBe('done')
    expect(await readLogin(file)).toMatchObject({ account: 'le123' })
  })
})
