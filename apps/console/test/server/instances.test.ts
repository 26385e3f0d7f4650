import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type Coordination, openRedisCoordination } from '@mtls-gateway/coordination'
import { freePort, type RedisServer, startRedisServer, withTools } from '@mtls-gateway/test-kit'
import { Browser, makeCode, signInByLink } from './support/browser.ts'
import { type ConfigApiDouble, startConfigApiDouble } from './support/config-api-double.ts'
import { oidcSession, sealSession, startConsole, type TestConsole, TestFolder } from './support/test-console.ts'

withTools(describe, 'redis-server')('two instances of the console, with a Redis', () => {
  const folders = [new TestFolder(), new TestFolder()] as const
  let configApi: ConfigApiDouble
  let redis: RedisServer
  let other: Coordination
  let first: TestConsole
  let second: TestConsole

  beforeAll(async () => {
    configApi = await startConfigApiDouble()
    redis = await startRedisServer()
    other = await openRedisCoordination({ urls: [redis.url], deadlineMs: 5_000 })
    const environment = {
      CONFIG_API_URL: configApi.url,
      REDIS_URL: redis.url,
      // Time enough on a busy machine. While Redis hangs, a test waits for it.
      REDIS_TIMEOUT: '3s',
      CONSOLE_PUBLIC_URL: 'http://127.0.0.1:8090',
      CONSOLE_SESSION_KEY_FILE: folders[0].write('console-session.key', Buffer.alloc(32, 5).toString('base64')),
      OIDC_ISSUER: `http://127.0.0.1:${await freePort()}`,
      OIDC_CLIENT_ID: 'console',
      OIDC_CLIENT_SECRET_FILE: folders[0].write('client-secret', 'secret'),
    }
    first = await startConsole(folders[0], environment)
    second = await startConsole(folders[1], environment)
  })
  afterAll(async () => {
    await Promise.all([first.stop(), second.stop()])
    await other.close()
    await Promise.all([redis.stop(), configApi.close()])
    for (const folder of folders) folder.remove()
  })

  it('share sessions', async () => {
    const browser = await signInByLink(first.url)
    expect((await browser.at(second.url).get('/console/session')).json()).toMatchObject({ subject: 'ann' })
  })

  it('take a code once, whichever takes it', async () => {
    const { code } = await makeCode(first.url)
    const take = (url: string) => new Browser(url).post('/console/sign-in-codes/exchange', { code })
    const answers = await Promise.all([take(first.url), take(second.url), take(first.url), take(second.url)])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 410, 410, 410])
  })

  it('renew a session one at a time: the other goes on with the token that it has, or asks to come again', async () => {
    const key = createHash('sha256').update('onetoken-of-ann').digest('base64url')
    expect(await other.leases.acquire(`console-refresh:${key}`, 60_000)).toBeDefined()
    const sealedFor = async (tokenExpiresAt: number) => {
      const browser = new Browser(first.url)
      const dataDir = { dataDir: folders[0].path }
      browser.cookies.set('mtls-session', await sealSession(dataDir, oidcSession(tokenExpiresAt)))
      return browser.get('/console/session')
    }
    expect((await sealedFor(Date.now() + 30_000)).status).toBe(200)
    const answer = await sealedFor(Date.now() - 1)
    expect(answer).toMatchObject({ status: 503, setCookies: [], headers: { 'retry-after': '1' } })
    expect(answer.json()).toMatchObject({ code: 'SESSION_REFRESHING' })
  })

  it('serve those who are signed in while Redis is down, and say that nobody can sign in by a link', async () => {
    const browser = await signInByLink(first.url)
    const { code } = await makeCode(first.url)
    redis.pause()
    const answers = await Promise.all([
      browser.get('/mtls/account/le123/mappings'),
      new Browser(second.url).post('/console/sign-in-codes/exchange', { code }),
    ])
    redis.resume()
    expect(answers.map(({ status }) => status)).toEqual([200, 503])
    expect(answers[1].json()).toMatchObject({ code: 'COORDINATION_UNAVAILABLE' })
  })
})
