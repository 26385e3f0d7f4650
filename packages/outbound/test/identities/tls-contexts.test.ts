import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { parseRecordId } from '@mtls-gateway/domain'
import { createCa, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { createTargetTrust, type UpstreamPools } from '../../src/index.ts'
import { acme, get, openUpstreamPools } from '../support/outbound-fixture.ts'

let target: TestTarget
let upstreams: UpstreamPools

beforeEach(async () => {
  target = await startTestTarget({ requireClientCertificate: false })
  upstreams = openUpstreamPools()
})
afterEach(async () => {
  await upstreams.destroy()
  await target.close()
})

describe('contexts of many new identities that are called at once', () => {
  it('are made in several turns of the event loop, and each call has its own', async () => {
    const others = await Promise.all(Array.from({ length: 12 }, (_, n) => createCa({ name: `other ${n}` })))
    const identities = others.map(({ certificate }) => ({
      accountId: acme,
      trust: createTargetTrust({ caCertificates: target.ca + certificate }),
    }))
    let calls = 0
    let turns = 0
    const answers = identities.map((identity) =>
      get(upstreams.acquire(identity, target.url)).finally(() => {
        calls += 1
      }),
    )
    // Nothing is made while calls are begun: the first of them goes at once, and takes the whole turn.
    const count = setInterval(() => turns++, 0)
    expect(await Promise.all(answers)).toMatchObject(identities.map(() => ({ status: 200 })))
    clearInterval(count)
    expect(calls).toBe(12)
    expect(turns).toBeGreaterThan(1)
    expect(upstreams.identities.stats().contexts).toBe(12)
  })

  it('that cannot be made fail their calls, and take no room for good', async () => {
    const identity = {
      accountId: acme,
      credentials: { versionId: parseRecordId('v1'), certificates: 'no certificate', privateKey: 'no key' },
    }
    for (let n = 0; n < 2; n++)
      await expect(get(upstreams.acquire(identity, target.url))).rejects.toMatchObject({
        code: 'CLIENT_CERTIFICATE_UNUSABLE',
      })
  })
})
