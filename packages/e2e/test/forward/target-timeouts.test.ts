import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type ApiClient, createCa, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { System } from '../support/system.ts'
import { lp, type Tenant } from '../support/tenant.ts'
import type { Certificate, Mapping } from '../support/wire.ts'

/** Longer than a forwarder may get no processor, so that it gives up first; shorter than its timeouts by default. */
const slowMs = 30_000
const mappedMs = 2_000

let slow: TestTarget
let system: System
let tenant: Tenant
let caller: ApiClient

beforeAll(async () => {
  slow = await startTestTarget({
    requireClientCertificate: false,
    handler: async ({ url }, response) => {
      if (url === '/body') response.write('begun')
      // Most of them are given up, and must not hold up the end of the tests.
      await setTimeout(url === '/mapped' ? mappedMs : slowMs, undefined, { ref: false })
      response.end('done')
    },
  })
  system = await System.start({
    targets: [slow],
    forwarderApiEnv: { TARGET_ANSWER_TIMEOUT: '1s', TARGET_BODY_TIMEOUT: '1s', CIRCUIT_FAILURES: '0' },
  })
  tenant = await system.newTenant()
  await tenant.saveCertificate('c1', await (await createCa()).issue({ commonName: 'client' }))
  caller = await tenant.newCaller(['forward'])
})

afterAll(async () => {
  await system?.stop()
  await slow?.close()
})

async function map(name: string, answerTimeoutSeconds: number): Promise<Mapping> {
  const [certificate] = (await tenant.api.json<Certificate[]>('GET', tenant.path('certificates'))).body
  if (certificate === undefined) throw new Error('there is no certificate')
  const url = `${slow.url}/${name}`
  return tenant.map({ certificationId: certificate.id, serviceId: 'IDP', url, name, answerTimeoutSeconds })
}

const call = (path: string) => caller.json('GET', tenant.forwardPath, undefined, lp(`${slow.url}${path}`))

describe('a target that takes longer than the operator’s setting', () => {
  it('to answer is given up', async () => {
    expect(expectProblem(await call('/answer'), 424, 'TARGET_UNREACHABLE')).toMatchObject({
      transportCode: 'TIMEOUT',
      phase: 'exchange',
    })
  })

  it('for a piece of the body is given up, and the answer breaks off', async () => {
    await expect(call('/body')).rejects.toThrow()
  })
})

describe('a mapping whose target may take longer', () => {
  it('to answer gets its answers', async () => {
    const mapping = await map('mapped', 30)
    expect(mapping.answerTimeoutSeconds).toBe(30)
    await eventually(
      () => call('/mapped'),
      ({ status }) => status === 200,
    )
    const change = async (answerTimeoutSeconds: number | null) => {
      const path = tenant.path(`mappings/${mapping.id}`)
      return (await tenant.api.json<Mapping>('PUT', path, { answerTimeoutSeconds })).body
    }
    expect(await change(1)).toMatchObject({ answerTimeoutSeconds: 1 })
    await eventually(
      () => call('/mapped'),
      ({ status }) => status === 424,
    )
    expect(await change(null)).not.toHaveProperty('answerTimeoutSeconds')
  })

  it.each([0, 601, 1.5, '5'])('takes whole seconds, from 1 to 600: not %j', async (answerTimeoutSeconds) => {
    const refused = await tenant.api.json('PUT', tenant.path('mappings/1'), { answerTimeoutSeconds })
    expect(JSON.stringify(expectProblem(refused, 400, 'VALIDATION_FAILED'))).toContain('answerTimeoutSeconds')
  })

  it('is told in the audit trail if that is changed', async () => {
    const { id } = await map('audited', 5)
    await tenant.api.json('PUT', tenant.path(`mappings/${id}`), { answerTimeoutSeconds: 6 })
    const { body } = await tenant.api.json<{ action: string; fields?: string[] }[]>('GET', tenant.path('audit'))
    expect(body).toContainEqual(
      expect.objectContaining({ action: 'mappings.update', fields: ['answerTimeoutSeconds'] }),
    )
  })
})
