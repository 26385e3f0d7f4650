import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type ApiClient, type EchoedRequest, type TestTarget } from '@mtls-gateway/test-kit'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { lp } from '../support/tenant.ts'

describe('two accounts with the same url and different certificates', () => {
  let target: TestTarget
  let system: SharedSystem

  beforeAll(async () => {
    system = await sharedSystem()
    target = await system.startTarget()
  })

  afterAll(async () => {
    await system?.stop()
    await target?.close()
  })

  it('are never mixed up in 1,000 interleaved calls over pooled connections', async () => {
    const url = `${target.url}/shared`
    const parties = await Promise.all(
      ['one', 'two'].map(async (commonName) => {
        const tenant = await system.newTenant()
        const identity = await target.clientCa.issue({ commonName })
        await tenant.onboard(identity, url)
        const client = await tenant.newCaller(['forward'])
        return { client, path: tenant.forwardPath, fingerprint: identity.fingerprintSha256 }
      }),
    )
    const wrong: string[] = []
    let made = 0
    const worker = async () => {
      while (made < 1_000) {
        const party = parties[made++ % 2]
        if (party === undefined) throw new Error('there are two parties')
        const presented = await presentedBy(party.client, party.path, url)
        if (presented !== party.fingerprint) wrong.push(String(presented))
      }
    }
    await Promise.all(Array.from({ length: 16 }, worker))
    expect(wrong).toEqual([])
    expect(target.seen).toHaveLength(1_000)
    // Pooled: far fewer connections than calls, each with one certificate for all of its life.
    const certificates = new Map<number, Set<string | undefined>>()
    for (const { socketId, clientCertificate } of target.seen) {
      const seen = certificates.get(socketId) ?? new Set()
      certificates.set(socketId, seen.add(clientCertificate?.fingerprint256))
    }
    expect(certificates.size).toBeLessThan(200)
    expect([...certificates.values()].filter(({ size }) => size !== 1)).toEqual([])
  })
})

async function presentedBy(client: ApiClient, path: string, url: string): Promise<string | undefined> {
  const { status, body } = await client.json<EchoedRequest>('GET', path, undefined, lp(url))
  expect(status).toBe(200)
  return body.clientCertificate?.fingerprint256
}
