import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  type ApiClient,
  answerRequest,
  type EchoedRequest,
  startTestTarget,
  type TestTarget,
} from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { System } from '../support/system.ts'
import { certificateEntry, lp, type Tenant } from '../support/tenant.ts'

interface Call {
  readonly startedAt: number
  readonly endedAt: number
  readonly status: number
  readonly fingerprint: string | undefined
}

describe('replacing a certificate in place while 20 callers use it', () => {
  let target: TestTarget
  let system: System
  let tenant: Tenant
  let caller: ApiClient
  const released = Promise.withResolvers<void>()

  beforeAll(async () => {
    target = await startTestTarget({
      handler: async (request, response) => {
        if (request.url === '/held') await released.promise
        await answerRequest(request, response)
      },
    })
    system = await System.start({ targets: [target] })
    tenant = await system.newTenant()
    caller = await tenant.newCaller(['forward'])
  })

  afterAll(async () => {
    await system?.stop()
    await target?.close()
  })

  async function call(path: string): Promise<Call> {
    const startedAt = performance.now()
    const { status, body } = await caller.json<EchoedRequest>(
      'GET',
      tenant.forwardPath,
      undefined,
      lp(target.url + path),
    )
    return { startedAt, endedAt: performance.now(), status, fingerprint: body.clientCertificate?.fingerprint256 }
  }

  it('shows the new one to all calls that start once one has it; those in flight end with the old; none fails', async () => {
    const [old, renewed] = await Promise.all(['old', 'new'].map((commonName) => target.clientCa.issue({ commonName })))
    if (old === undefined || renewed === undefined) throw new Error('two were issued')
    const { certificate } = await tenant.onboard(old, `${target.url}/load`)
    const mapping = { certificationId: certificate.id, serviceId: 'IDP', name: 'held' }
    await tenant.map({ ...mapping, url: `${target.url}/held` })

    const calls: Call[] = []
    let over = false
    const callers = Array.from({ length: 20 }, async () => {
      while (!over) calls.push(await call('/load'))
    })
    const inFlight = call('/held')
    const late = () => {
      const first = calls.find(({ fingerprint }) => fingerprint === renewed.fingerprintSha256)
      return first === undefined ? [] : calls.filter(({ startedAt }) => startedAt > first.endedAt)
    }
    try {
      await eventually(async () => target.seen.some(({ url }) => url === '/held') && calls.length > 20, Boolean)
      const body = [{ ...certificateEntry('c1', renewed), id: certificate.id }]
      const replaced = await tenant.api.json('PUT', tenant.path('certificates'), body)
      expect(replaced.status).toBe(200)
      // By the notice: without one, the old one is served for 5 minutes.
      await eventually(
        async () => late().length,
        (count) => count > 20,
      )
    } finally {
      over = true
      released.resolve()
    }
    await Promise.all(callers)

    expect(calls.filter(({ status }) => status !== 200)).toEqual([])
    expect(late().filter(({ fingerprint }) => fingerprint !== renewed.fingerprintSha256)).toEqual([])
    const seen = new Set(calls.map(({ fingerprint }) => fingerprint))
    expect(seen).toEqual(new Set([old.fingerprintSha256, renewed.fingerprintSha256]))
    expect(await inFlight).toMatchObject({ status: 200, fingerprint: old.fingerprintSha256 })
  })
})
