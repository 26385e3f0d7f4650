import { createHmac } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { System } from '../support/system.ts'
import { type Tenant } from '../support/tenant.ts'

interface Delivery {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

const dayMs = 86_400_000
const inDays = (days: number) => new Date(Date.now() + days * dayMs)

let hook: TestTarget
let system: System
let tenant: Tenant
/** What the webhook got, and the status that it answers the next deliveries with. */
const deliveries: Delivery[] = []
const answers: number[] = []

beforeAll(async () => {
  hook = await startTestTarget({
    requireClientCertificate: false,
    handler: async (request, response) => {
      deliveries.push({ headers: request.headers, body: (await request.toArray()).join('') })
      response.writeHead(answers.shift() ?? 204).end()
    },
  })
  system = await System.start({ configApiOnly: true, targets: [hook], env: { EXPIRY_CHECK_INTERVAL: '300ms' } })
  tenant = await system.newTenant()
})

afterAll(async () => {
  await system?.stop()
  await hook?.close()
})

const issue = (commonName: string, notAfter: Date) => hook.clientCa.issue({ commonName, notAfter })
const typesOf = (name: string) =>
  deliveries
    .map(({ body }) => JSON.parse(body) as { type: string; data: { name: string } })
    .filter(({ data }) => data.name === name)
    .map(({ type }) => type)

describe('a certificate that is about to end', () => {
  it('is told to the webhook of its account once, signed', async () => {
    const certificate = await tenant.saveCertificate('soon', await issue('soon', inDays(20)))
    await tenant.saveCertificate('later', await issue('later', inDays(200)))
    const url = `${hook.url}/expiry`
    await tenant.map({ certificationId: certificate.id, serviceId: 'IDP', url: 'https://bank.example/', name: 'm' })
    const { body: settings } = await tenant.api.json<{ webhook: { secret: string } }>('PUT', tenant.path('settings'), {
      webhook: { url },
    })
    await eventually(
      async () => deliveries.length,
      (count) => count > 0,
    )
    // Looked at some times more: nothing else is due.
    const revision = async () => (await tenant.api.json('GET', tenant.path('settings'))).headers.etag
    await eventually(revision, (tag) => tag === '"6"')
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    expect(deliveries).toHaveLength(1)

    const { headers, body } = deliveries[0] ?? { headers: {}, body: '' }
    expect(JSON.parse(body)).toEqual({
      type: 'certificate.expiring',
      timestamp: expect.any(String),
      data: {
        accountId: tenant.id,
        certificateId: certificate.id,
        name: 'soon',
        expirationDate: certificate.expirationDate,
        daysLeft: 20,
        fingerprintSha256: certificate.fingerprintSha256,
        mappings: 1,
      },
    })
    const key = Buffer.from(settings.webhook.secret.replace('whsec_', ''), 'base64')
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
    const signature = createHmac('sha256', key).update(signed).digest('base64')
    expect(headers['webhook-signature']).toBe(`v1,${signature}`)
  })

  it('is told again, under the same id, until it was taken, and once more when it has ended', async () => {
    deliveries.length = 0
    answers.push(500, 503)
    const end = new Date(Math.floor(Date.now() / 1_000) * 1_000 + 8_000)
    await tenant.saveCertificate('ending', await issue('ending', end))
    await eventually(
      async () => typesOf('ending'),
      (types) => types.includes('certificate.expired'),
      60_000,
    )
    const types = typesOf('ending')
    expect(types.slice(0, 3)).toEqual(['certificate.expiring', 'certificate.expiring', 'certificate.expiring'])
    expect(types.slice(3)).toEqual(['certificate.expired'])
    const ids = deliveries.map(({ headers }) => headers['webhook-id'])
    expect(new Set(ids.slice(0, 3)).size).toBe(1)
    expect(ids[3]).not.toBe(ids[0])
  })

  it('is in the metrics while it is within 60 days of its end, and no other is', async () => {
    await eventually(
      async () => (await fetch(`${system.configApi.managementUrl}/metrics`)).text(),
      (text) => {
        const lines = text.split('\n').filter((line) => line.startsWith('certificate_not_after_timestamp_seconds{'))
        const named = (name: string) => lines.some((line) => line.includes(`certificate="${name}"`))
        return named('soon') && named('ending') && !named('later')
      },
    )
  })

  it('leaves its traces in the audit trail, made by the gateway', async () => {
    const { body } = await tenant.api.json<{ action: string; actor: string }[]>('GET', tenant.path('audit'))
    expect(body).toContainEqual(expect.objectContaining({ action: 'expiry-notices.sent', actor: 'gateway' }))
  })
})
