import { createHmac } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { System } from '../support/system.ts'
import { certificateEntry, mustBe, type Tenant } from '../support/tenant.ts'

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
/** The certificate that has ended. */
let ended = ''

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
/** What the webhook was told of a certificate, each time with the id. */
const toldOf = (name: string) =>
  deliveries
    .map(({ headers, body }) => ({
      id: headers['webhook-id'],
      ...(JSON.parse(body) as { type: string; data: { name: string } }),
    }))
    .filter(({ data }) => data.name === name)
    .map(({ id, type }) => ({ id, type }))

/** Its name, once it was told that it ends soon: the next one lasts longer if a busy machine took until its end. */
async function savedEnding(seconds = 4): Promise<string> {
  const name = `ending-${seconds}`
  // Whole seconds in a certificate.
  const end = new Date((Math.floor(Date.now() / 1_000) + seconds) * 1_000)
  const entry = certificateEntry(name, await issue(name, end))
  const saved = await tenant.api.json('POST', tenant.path('certificates'), [entry])
  const isOver = Date.now() >= end.getTime()
  if (!isOver) mustBe(201, saved)
  if (saved.status !== 201) return savedEnding(2 * seconds)
  const [first] = await eventually(
    async () => toldOf(name),
    (told) => told.length > 0,
  )
  return first?.type === 'certificate.expiring' ? name : savedEnding(2 * seconds)
}

describe('a certificate that is about to end', () => {
  it('is told to the webhook of its account once, signed', async () => {
    const certificate = await tenant.saveCertificate('soon', await issue('soon', inDays(20)))
    const later = await tenant.saveCertificate('later', await issue('later', inDays(200)))
    const url = `${hook.url}/expiry`
    await tenant.map({ certificationId: certificate.id, serviceId: 'IDP', url: 'https://bank.example/', name: 'm' })
    // What signs with it needs it as well.
    const messageSignature = { scheme: 'jws', certificationId: String(certificate.id) } as const
    const signed = { certificationId: later.id, serviceId: 'IDP', url: 'https://bank.example/signed', name: 'signed' }
    await tenant.map({ ...signed, messageSignature })
    const { body: settings } = await tenant.api.json<{ webhook: { secret: string } }>('PUT', tenant.path('settings'), {
      webhook: { url },
    })
    await eventually(
      async () => deliveries.length,
      (count) => count > 0,
    )
    // Looked at some times more: nothing else is due.
    const revision = async () => (await tenant.api.json('GET', tenant.path('settings'))).headers.etag
    await eventually(revision, (tag) => tag === '"7"')
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
        mappings: 2,
      },
    })
    const key = Buffer.from(settings.webhook.secret.replace('whsec_', ''), 'base64')
    const text = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
    const signature = createHmac('sha256', key).update(text).digest('base64')
    expect(headers['webhook-signature']).toBe(`v1,${signature}`)
  })

  it('is told again, under the same id, until it was taken', async () => {
    answers.push(500, 503)
    await tenant.saveCertificate('refused', await issue('refused', inDays(20)))
    const [first, ...again] = await eventually(
      async () => toldOf('refused'),
      (told) => told.length > 2,
    )
    expect(first).toEqual({ id: expect.any(String), type: 'certificate.expiring' })
    expect(again).toEqual([first, first])
  })

  it('is told once more, under another id, when it has ended', async () => {
    ended = await savedEnding()
    const [before, after, ...more] = await eventually(
      async () => toldOf(ended),
      (told) => told.length > 1,
      60_000,
    )
    expect([before?.type, after?.type]).toEqual(['certificate.expiring', 'certificate.expired'])
    expect(after?.id).not.toBe(before?.id)
    expect(more).toEqual([])
    // That of the test before was taken.
    expect(toldOf('refused')).toHaveLength(3)
  })

  it('is in the metrics while it is within 60 days of its end, and no other is', async () => {
    await eventually(
      async () => (await fetch(`${system.configApi.managementUrl}/metrics`)).text(),
      (text) => {
        const lines = text.split('\n').filter((line) => line.startsWith('certificate_not_after_timestamp_seconds{'))
        const named = (name: string) => lines.some((line) => line.includes(`certificate="${name}"`))
        return named('soon') && named(ended) && !named('later')
      },
    )
  })

  it('leaves its traces in the audit trail, made by the gateway', async () => {
    const { body } = await tenant.api.json<{ action: string; actor: string }[]>('GET', tenant.path('audit'))
    expect(body).toContainEqual(expect.objectContaining({ action: 'expiry-notices.sent', actor: 'gateway' }))
  })
})
