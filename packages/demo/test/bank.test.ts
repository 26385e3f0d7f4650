import { constants, createHash, sign } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type IssuedCertificate, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { Agent, request } from 'undici'
import { Bank, bankRequirements, paymentsUrl } from '../src/bank.ts'

const bank = new Bank()
let target: TestTarget
let client: IssuedCertificate

beforeAll(async () => {
  target = await startTestTarget({ handler: bank.handler })
  client = await target.clientCa.issue({ commonName: 'demo-client' })
})

afterAll(() => target?.close())

async function post(identity: IssuedCertificate, url: string, body: string, headers = {}) {
  const dispatcher = new Agent({ connect: { ca: target.ca, cert: identity.certificate, key: identity.privateKey } })
  try {
    const answer = await request(url, { method: 'POST', dispatcher, body, headers })
    return { status: answer.statusCode, body: (await answer.body.json()) as Record<string, unknown> }
  } finally {
    await dispatcher.destroy()
  }
}

function askForToken(identity: IssuedCertificate, clientId?: string) {
  const { tokenUrl = '', clientId: right = '' } = bankRequirements(target.url).targetAuth ?? {}
  return post(identity, tokenUrl, `grant_type=client_credentials&client_id=${clientId ?? right}`)
}

async function tokenOf(identity: IssuedCertificate): Promise<string> {
  return String((await askForToken(identity)).body.access_token)
}

/** As RFC 9421 and RFC 9530 write it. */
function signatureOf(body: string, identity: IssuedCertificate, isRsa = false) {
  const digest = `sha-256=:${createHash('sha256').update(body).digest('base64')}:`
  const input = `("@method" "@target-uri" "content-digest");created=${Math.floor(Date.now() / 1_000)};keyid="k"`
  const lines = ['"@method": POST', `"@target-uri": ${paymentsUrl(target.url)}`, `"content-digest": ${digest}`]
  const base = Buffer.from([...lines, `"@signature-params": ${input}`].join('\n'))
  const key = isRsa
    ? { key: identity.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 64 }
    : { key: identity.privateKey, dsaEncoding: 'ieee-p1363' as const }
  const signature = sign(isRsa ? 'sha512' : 'sha256', base, key).toString('base64')
  return { 'content-digest': digest, 'signature-input': `sig1=${input}`, signature: `sig1=:${signature}:` }
}

function pay(identity: IssuedCertificate, body: string, headers: object) {
  return post(identity, paymentsUrl(target.url), body, headers)
}

const payment = '{"amount":"12.50"}'
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

describe("the bank at the demo's target", () => {
  it.each(['EC-P256', 'RSA-2048'] as const)(
    'takes a payment with its token, signed with a key of %s',
    async (keyType) => {
      const identity = await target.clientCa.issue({ commonName: 'demo-client', organization: 'Demo', keyType })
      const before = bank.payments
      const headers = { ...bearer(await tokenOf(identity)), ...signatureOf(payment, identity, keyType === 'RSA-2048') }
      expect(await pay(identity, payment, headers)).toMatchObject({
        status: 200,
        body: {
          accepted: true,
          clientCertificate: 'O=Demo, CN=demo-client',
          token: { scope: 'payments', cnf: { 'x5t#S256': expect.any(String) } },
        },
      })
      expect(bank.payments).toBe(before + 1)
    },
  )

  it('gives a token only to its client', async () => {
    const other = await target.clientCa.issue({ commonName: 'another-client' })
    const refused = { status: 401, body: { error: 'invalid_client' } }
    expect(await askForToken(other)).toEqual(refused)
    expect(await askForToken(client, 'another')).toEqual(refused)
  })

  it('takes no payment without a token, with one of another certificate or with one that it has not given', async () => {
    const before = bank.payments
    const signature = signatureOf(payment, client)
    const renewed = await target.clientCa.issue({ commonName: 'demo-client' })
    const [head, claims] = (await tokenOf(client)).split('.')
    const invented = bearer(`${head}.${claims}.${Buffer.alloc(64, 1).toString('base64url')}`)
    for (const authorization of [{}, bearer('x'), bearer(await tokenOf(renewed)), invented]) {
      const answer = await pay(client, payment, { ...authorization, ...signature })
      expect(answer).toEqual({ status: 401, body: { error: 'no token that is bound to the certificate' } })
    }
    expect(bank.payments).toBe(before)
  })

  it('takes no payment that is unsigned, changed, or signed with another key', async () => {
    const before = bank.payments
    const authorization = bearer(await tokenOf(client))
    const renewed = await target.clientCa.issue({ commonName: 'demo-client' })
    const right = signatureOf(payment, client)
    const onlyMethod = { ...right, 'signature-input': right['signature-input'].replace(' "@target-uri"', '') }
    const other = signatureOf('{"amount":"99.00"}', client)
    const newDigest = { ...right, 'content-digest': other['content-digest'] }
    const bad = [{}, onlyMethod, other, newDigest, signatureOf(payment, renewed)]
    for (const signature of bad) {
      const answer = await pay(client, payment, { ...authorization, ...signature })
      expect(answer).toEqual({ status: 403, body: { error: 'not signed with the key of the certificate' } })
    }
    expect(bank.payments).toBe(before)
  })

  it('is only below /bank: elsewhere the target echoes', async () => {
    const echoed = await post(client, `${target.url}/demo`, payment)
    expect(echoed).toMatchObject({ status: 200, body: { url: '/demo', body: payment } })
    expect((await post(client, `${target.url}/bank/accounts`, '')).status).toBe(404)
  })
})
