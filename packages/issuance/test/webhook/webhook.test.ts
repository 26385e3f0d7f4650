import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { KeyMaterialPool } from '@mtls-gateway/key-material'
import { TargetGuard, UpstreamPools } from '@mtls-gateway/outbound'
import { createCa, startTestTarget, type TestCa, type TestTarget } from '@mtls-gateway/test-kit'
import { checkIssued, type IssuanceOrder, WebhookIssuer } from '../../src/index.ts'
import { issuerContract } from '../../src/testing/index.ts'
import { oddCertificates } from '../support/odd-answers.ts'
import { account, newOrder, openKeyMaterial } from '../support/orders.ts'

const never = new AbortController().signal
const coded = (code: string) => expect.objectContaining({ name: 'IssuerError', code })
const directory = mkdtempSync(join(tmpdir(), 'webhook-issuer-'))
const secretPath = join(directory, 'secret')
const caFile = join(directory, 'ca.pem')
const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

type Answer = { readonly status: number; readonly body: unknown } | 'none'

let hook: TestTarget
let ca: TestCa
let keyMaterial: KeyMaterialPool
let order: IssuanceOrder
let answer: (question: Record<string, string>) => Promise<Answer>
let got: { readonly headers: IncomingMessage['headers']; readonly body: string }[] = []

beforeAll(async () => {
  ca = await createCa({ name: 'Behind the webhook' })
  writeFileSync(secretPath, `${secret}\n`)
  writeFileSync(caFile, ca.certificate)
  keyMaterial = openKeyMaterial()
  order = await newOrder(keyMaterial)
  hook = await startTestTarget({
    requireClientCertificate: false,
    handler: async (request, response) => {
      const body = (await request.toArray()).join('')
      got.push({ headers: request.headers, body })
      const answered = await answer(JSON.parse(body))
      if (answered === 'none') return
      const text = typeof answered.body === 'string' ? answered.body : JSON.stringify(answered.body)
      response.writeHead(answered.status).end(text)
    },
  })
})

afterAll(async () => {
  await keyMaterial.close()
  await hook.close()
  rmSync(directory, { recursive: true })
})

function open({
  url = `${hook.url}/issue`,
  deadlineMs = 10_000,
  allowCidrs = ['127.0.0.0/8', '::1'],
} = {}): WebhookIssuer {
  const guard = new TargetGuard({ allowCidrs, ports: 'any' })
  const upstreams = new UpstreamPools({ guard, extraCa: [hook.ca] })
  return new WebhookIssuer({
    upstreams,
    url,
    secretFile: secretPath,
    caFile,
    profile: { name: 'hook' },
    deadlineMs,
  })
}

const signs = async ({ csr = '' }): Promise<Answer> => {
  try {
    const { certificate, chain } = await ca.signRequest(csr)
    return { status: 200, body: { certificate: [certificate, ...chain].join('') } }
  } catch {
    return { status: 422, body: { error: 'no signing request' } }
  }
}

describe('a webhook', () => {
  beforeAll(() => {
    const pending = new Map<string, string>()
    // Every other order is answered later.
    answer = async ({ id = '', csr, reference }) => {
      if (reference !== undefined) return signs({ csr: pending.get(reference) })
      if (csr !== undefined && Number(id.at(-1)) % 2 === 0) {
        pending.set(`r-${id}`, csr)
        return { status: 202, body: { reference: `r-${id}`, askAgainInSeconds: 1 } }
      }
      return signs({ csr })
    }
  })
  issuerContract('webhook', async () => ({ issuer: open(), profile: {} }))
})

describe('the issuer behind a webhook', () => {
  it('signs what it sends as Standard Webhooks says, and never sends the same question with another id', async () => {
    answer = async () => ({ status: 202, body: { reference: 'ref 1'.replace(' ', '-') } })
    got = []
    const issuer = open()
    const pending = await issuer.issue(order, never)
    expect(pending).toEqual({ state: 'pending', reference: 'ref-1', askAgainInMs: 60_000 })
    await issuer.issue(order, never)
    await issuer.collect(order, 'ref-1', never)
    const [first, second, third] = got
    expect(JSON.parse(first?.body ?? '')).toEqual({ id: order.id, account, profile: 'hook', csr: order.csr })
    expect(JSON.parse(third?.body ?? '')).toEqual({ id: order.id, account, profile: 'hook', reference: 'ref-1' })
    const idOf = (request = first) => request?.headers['webhook-id']
    expect([idOf(second) === idOf(first), idOf(third) === idOf(first)]).toEqual([true, false])
    for (const { headers, body } of got) {
      const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
      const mac = createHmac('sha256', Buffer.alloc(32, 7)).update(signed).digest('base64')
      expect(headers['webhook-signature']).toBe(`v1,${mac}`)
    }
    await issuer.close()
  })

  it.each(oddCertificates)('does not get by with $what', async ({ code, answer: certificateOf }) => {
    answer = async () => ({ status: 200, body: { certificate: await certificateOf(ca, order) } })
    const issuer = open()
    const obtained = async () => {
      const issuance = await issuer.issue(order, never)
      if (issuance.state !== 'issued') throw new Error('it is pending')
      return checkIssued(order, issuance, { profile: {}, ca: await issuer.ca(), keyMaterial }, new Date())
    }
    await expect(obtained()).rejects.toEqual(coded(code))
    await issuer.close()
  })

  it.each([
    ['a page', 200, '<html></html>', 'ISSUED_NO_CERTIFICATE'],
    ['nothing', 200, '', 'ISSUED_NO_CERTIFICATE'],
    ['a certificate that is no text', 200, { certificate: 1 }, 'ISSUED_NO_CERTIFICATE'],
    ['more than it may', 200, { certificate: 'x'.repeat(300_000) }, 'ISSUED_NO_CERTIFICATE'],
    ['202 and no reference', 202, {}, 'ISSUED_NO_CERTIFICATE'],
    ['202 and a reference with a line break', 202, { reference: 'a\nb' }, 'ISSUED_NO_CERTIFICATE'],
    ['401', 401, 'secret reason', 'ISSUER_FORBIDDEN'],
    ['422', 422, 'secret reason', 'ISSUER_REFUSED'],
    ['a redirect', 302, 'secret reason', 'ISSUER_REFUSED'],
    ['503', 503, 'secret reason', 'ISSUER_UNREACHABLE'],
  ] as const)('that answers %s is told apart, without its words', async (_what, status, body, code) => {
    answer = async () => ({ status, body })
    const issuer = open()
    const issuance = issuer.issue(order, never)
    await expect(issuance).rejects.toEqual(coded(code))
    await expect(issuance).rejects.not.toThrow('secret reason')
    await issuer.close()
  })

  it('that is silent, down, or where the guard lets nobody go is unreachable', async () => {
    answer = async () => 'none'
    const ways = [open({ deadlineMs: 300 }), open({ url: 'https://localhost:1/' }), open({ allowCidrs: [] })]
    for (const issuer of ways) {
      await expect(issuer.issue(order, never)).rejects.toEqual(coded('ISSUER_UNREACHABLE'))
      await issuer.close()
    }
  })

  it('reads its secret and its CA anew, and says what is wrong with them', async () => {
    answer = signs
    const issuer = open()
    await issuer.check()
    writeFileSync(secretPath, 'whsec_short')
    await expect(issuer.check()).rejects.toEqual(coded('ISSUER_FORBIDDEN'))
    await expect(issuer.issue(order, never)).rejects.not.toThrow('whsec_short')
    writeFileSync(secretPath, secret)
    writeFileSync(caFile, 'no certificate')
    await expect(issuer.check()).rejects.toEqual(coded('ISSUER_UNREACHABLE'))
    writeFileSync(caFile, ca.certificate)
    await issuer.check()
    await issuer.close()
  })
})
