import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { KeyMaterialPool } from '@mtls-gateway/key-material'
import { openVaultSession } from '@mtls-gateway/secret-store'
import { createCa, type LocalServer, serve, type TestCa } from '@mtls-gateway/test-kit'
import { checkIssued, type IssuanceOrder, VaultPkiIssuer } from '../../src/index.ts'
import { oddCertificates } from '../support/odd-answers.ts'
import { account, newOrder, openKeyMaterial } from '../support/orders.ts'

const never = new AbortController().signal
const coded = (code: string) => expect.objectContaining({ name: 'IssuerError', code })

let ca: TestCa
let keyMaterial: KeyMaterialPool
let order: IssuanceOrder
let server: LocalServer
/** What is answered as the CA. */
let chain: string
/** What is answered to a signing request; `none`: nothing ever. */
let answer: () => Promise<{ readonly status?: number; readonly body: unknown } | 'none'>

beforeAll(async () => {
  ca = await createCa({ name: 'Behind a stand-in' })
  chain = ca.certificate
  keyMaterial = openKeyMaterial()
  order = await newOrder(keyMaterial)
  server = await serve(async ({ url = '' }, response) => {
    if (url.endsWith('/lookup-self')) return void response.end('{"data":{"ttl":0,"renewable":false}}')
    if (url.endsWith('/ca_chain')) {
      return void response.end(JSON.stringify({ data: { ca_chain: chain } }))
    }
    const answered = await answer()
    if (answered === 'none') return
    const { status = 200, body } = answered
    response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body))
  })
})
afterAll(async () => {
  await server.close()
  await keyMaterial.close()
})

function open(deadlineMs = 10_000): VaultPkiIssuer {
  const auth = { kind: 'token', token: async () => 'token' } as const
  const session = openVaultSession({ address: server.url, auth, deadlineMs })
  return new VaultPkiIssuer({ session, mount: 'pki', role: 'client', profile: { keyTypes: ['EC-P256'] } })
}

async function obtain(issuer: VaultPkiIssuer): Promise<void> {
  const issuance = await issuer.issue(order, never)
  if (issuance.state !== 'issued') throw new Error('it is pending')
  const expectations = { profile: {}, ca: await issuer.ca(account, never), keyMaterial }
  await checkIssued(order, issuance, expectations, new Date())
}

describe('a server that stands in for Vault', () => {
  it.each(oddCertificates)('does not get by with $what', async ({ code, answer: certificateOf }) => {
    answer = async () => ({ body: { data: { certificate: await certificateOf(ca, order), ca_chain: [] } } })
    const issuer = open()
    await expect(obtain(issuer)).rejects.toEqual(coded(code))
    await issuer.close()
  })

  it.each([
    ['a page', 200, '<html></html>', 'ISSUER_UNREACHABLE'],
    ['a page and 502', 502, '<html></html>', 'ISSUER_UNREACHABLE'],
    ['a redirect', 307, '', 'ISSUER_UNREACHABLE'],
    ['no certificate', 200, { data: {} }, 'ISSUED_NO_CERTIFICATE'],
    ['that it is sealed', 503, { errors: ['Vault is sealed'] }, 'ISSUER_SEALED'],
    ['a quota', 429, { errors: ['request path rate limit quota exceeded'] }, 'ISSUER_UNREACHABLE'],
  ])('that answers %s is told apart', async (_what, status, body, code) => {
    answer = async () => ({ status, body })
    const issuer = open()
    await expect(obtain(issuer)).rejects.toEqual(coded(code))
    await issuer.close()
  })

  it('leaves nothing that could be a secret in a message', async () => {
    const secret = 'hvs.CAESIJ0123456789abcdefghijklmnopqrstuvwxyz'
    answer = async () => ({ status: 400, body: { errors: [`the token ${secret} is no good`] } })
    const issuer = open()
    await expect(obtain(issuer)).rejects.toThrow('the token … is no good')
    await issuer.close()
  })

  it('hands on a CA that is none to nobody', async () => {
    const issuer = open()
    for (const text of ['', '<html></html>', `${ca.certificate}<script></script>-----BEGIN`]) {
      chain = text
      await expect(issuer.ca(account, never)).rejects.toEqual(coded('ISSUER_REFUSED'))
      await expect(issuer.issue(order, never)).rejects.toEqual(coded('ISSUER_REFUSED'))
    }
    chain = `a comment\n${ca.certificate}`
    expect(await issuer.ca(account, never)).toBe(ca.certificate)
    chain = ca.certificate
    await issuer.close()
  })

  it('that is silent is unreachable once the deadline is over', async () => {
    answer = async () => 'none'
    const issuer = open(300)
    await expect(obtain(issuer)).rejects.toEqual(coded('ISSUER_UNREACHABLE'))
    await issuer.close()
  })
})
