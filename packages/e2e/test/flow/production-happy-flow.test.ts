import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { signOAuth1 } from '@mtls-gateway/request-signing'
import { type EchoedRequest, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { type Production, startProduction } from '../support/production-system.ts'
import { lp, type Tenant } from '../support/tenant.ts'
import type { AppKey } from '../support/wire.ts'

describe('two forwarders that share Vault and Redis', () => {
  let target: TestTarget
  let production: Production
  let tenant: Tenant
  let appKey: AppKey

  beforeAll(async () => {
    target = await startTestTarget()
    production = await startProduction({ targets: [target], moreForwarders: [{}] })
    tenant = await production.system.newTenant()
    appKey = await tenant.newAppKey()
  })

  afterAll(async () => {
    await production?.stop()
    await target?.close()
  })

  const forwarders = () => [production.system.forwarderApi, ...production.system.moreForwarders]

  const callBoth = (url: string) => {
    const headers = { ...lp(url), 'LP-stop-if-certificate-not-found': 'true' }
    return Promise.all(
      forwarders().map(async (forwarder) => {
        const client = production.system.toForwarderApi({ oauth1: appKey }, forwarder)
        const answer = await client.json<EchoedRequest>('GET', tenant.forwardPath, undefined, headers)
        return [answer.status, answer.body.clientCertificate?.commonName]
      }),
    )
  }

  it('both present a certificate soon after its mapping', async () => {
    const url = `${target.url}/shared`
    // Both hold a copy of the account from before the mapping.
    expect((await callBoth(url)).map(([status]) => status)).toEqual([500, 500])
    await tenant.onboard(await target.clientCa.issue({ commonName: 'shared' }), url)
    const answers = await eventually(
      () => callBoth(url),
      (each) => each.every(([status]) => status !== 500),
    )
    const presented = [200, 'shared']
    expect(answers).toEqual([presented, presented])
  })

  it('refuse at one a nonce that was used at the other', async () => {
    const base = 'http://gateway.example'
    const path = tenant.forwardPath
    const { appKey: key, appSecret } = appKey
    const authorization = signOAuth1({ method: 'GET', url: base + path, appKey: key, appSecret })
    const headers = { host: 'gateway.example', authorization, ...lp(`${target.url}/shared`) }
    const [one, other] = forwarders().map((forwarder) => production.system.toForwarderApi({}, forwarder))
    expect((await one?.raw({ method: 'GET', path, headers }))?.status).toBe(200)
    const replayed = await other?.json('GET', path, undefined, headers)
    expect(replayed).toMatchObject({ status: 401, body: { code: 'OAUTH_NONCE_REPLAYED' } })
  })

  it('are ready, and say so when Redis or Vault is away, and when they are back', async () => {
    const { system, redis, vault } = production
    const client = system.toForwarderApi()
    const ready = async () => (await client.json<{ status: string }>('GET', '/health/ready')).body.status
    expect(await ready()).toBe('ok')
    redis.pause()
    await eventually(ready, (status) => status === 'degraded')
    redis.resume()
    await eventually(ready, (status) => status === 'ok')
    await vault.seal()
    await eventually(ready, (status) => status === 'degraded')
    await vault.unseal()
    await eventually(ready, (status) => status === 'ok')
  })
})
