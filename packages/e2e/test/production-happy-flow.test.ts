import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { type IssuedCertificate, signOAuth1, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { eventually } from './support/eventually.ts'
import { describeProduction, Production } from './support/production.ts'
import { certificateEntry, lp, mustBe, newAccountId } from './support/tenant.ts'
import { type AppKey, allScopes, type SaveResult } from './support/wire.ts'

describeProduction('two forwarders that share Vault and Redis', () => {
  let target: TestTarget
  let production: Production
  let identity: IssuedCertificate
  const account = newAccountId()
  let appKey: AppKey

  beforeAll(async () => {
    target = await startTestTarget()
    identity = await target.clientCa.issue({ commonName: 'shared' })
    production = await Production.start(target.ca)
    const created = await production
      .toConfigApi(account)
      .json<AppKey>('POST', `/mtls/account/${account}/app-keys`, { label: 'tests', scopes: allScopes })
    mustBe(201, created)
    appKey = created.body
  }, 60_000)

  afterAll(async () => {
    await production?.stop()
    await target?.close()
  }, 60_000)

  const call = (forwarder: number, url: string) =>
    production
      .toForwarder(forwarder, appKey)
      .json<{ clientCertificate: { commonName: string } | null }>('GET', `/mtls/account/${account}`, undefined, {
        ...lp(url),
        'LP-stop-if-certificate-not-found': 'true',
      })

  it('both present a certificate within a second of its mapping', async () => {
    const api = production.toConfigApi(account)
    const url = `${target.url}/shared`
    // Both hold a copy of the account from before the mapping.
    expect([(await call(0, url)).status, (await call(1, url)).status]).toEqual([500, 500])
    const saved = await api.json<SaveResult>('POST', `/mtls/account/${account}/certificates`, [
      certificateEntry('c1', identity),
    ])
    mustBe(201, saved)
    const certificationId = saved.body.successfulySavedCertificates[0]?.id
    const mapping = { name: 'm1', serviceId: 'IDP', url, certificationId, enable: true }
    mustBe(201, await api.json('POST', `/mtls/account/${account}/mappings`, [mapping]))
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    for (const forwarder of [0, 1]) {
      const answer = await call(forwarder, url)
      expect([answer.status, answer.body.clientCertificate?.commonName]).toEqual([200, 'shared'])
    }
  })

  it('refuse at one a nonce that was used at the other', async () => {
    const base = 'http://gateway.example'
    const path = `/mtls/account/${account}`
    const { appKey: key, appSecret } = appKey
    const authorization = signOAuth1({ method: 'GET', url: base + path, appKey: key, appSecret })
    const headers = { host: 'gateway.example', authorization, ...lp(`${target.url}/shared`) }
    expect((await production.toForwarder(0).raw({ method: 'GET', path, headers })).status).toBe(200)
    const replayed = await production.toForwarder(1).raw({ method: 'GET', path, headers })
    expect([replayed.status, JSON.parse(replayed.body.toString()).code]).toEqual([401, 'OAUTH_NONCE_REPLAYED'])
  })

  it('are ready, and say so when Redis or Vault is away, and when they are back', async () => {
    const ready = async () =>
      (await production.toForwarder(0).json<{ status: string }>('GET', '/health/ready')).body.status
    expect(await ready()).toBe('ok')
    production.redis.pause()
    await eventually(ready, (status) => status === 'degraded')
    production.redis.resume()
    await eventually(ready, (status) => status === 'ok')
    await production.vault.seal()
    await eventually(ready, (status) => status === 'degraded')
    await production.vault.unseal()
    await eventually(ready, (status) => status === 'ok')
  })
})
