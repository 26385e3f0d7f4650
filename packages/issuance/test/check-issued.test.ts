import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { KeyMaterialPool } from '@mtls-gateway/key-material'
import { createCa, type TestCa } from '@mtls-gateway/test-kit'
import { KeyUsageFlags } from '@peculiar/x509'
import { checkIssued, type IssuanceOrder } from '../src/index.ts'
import { newOrder, openKeyMaterial } from './support/orders.ts'
import { signOddly } from './support/sign-oddly.ts'

let keyMaterial: KeyMaterialPool
let root: TestCa
let ca: TestCa
let order: IssuanceOrder

beforeAll(async () => {
  keyMaterial = openKeyMaterial()
  root = await createCa({ name: 'Root' })
  ca = await root.createIntermediate('Issuing CA')
  order = await newOrder(keyMaterial, {
    subjectAltNames: [
      { type: 'dns', value: 'Client.example' },
      { type: 'url', value: 'spiffe://client.example/one' },
      { type: 'ip', value: '192.0.2.1' },
    ],
  })
})
afterAll(() => keyMaterial.close())

const inDays = (days: number) => new Date(Date.now() + days * 86_400_000)

async function signed(validity = {}): Promise<string> {
  const { certificate, chain } = await ca.signRequest(order.csr, validity)
  return [certificate, ...chain].join('')
}

const check = (certificates: string, profile = {}, now = new Date()) =>
  checkIssued(order, { certificates }, { profile, ca: ca.certificate + root.certificate, keyMaterial }, now)

const coded = (code: string) => expect.objectContaining({ name: 'IssuerError', code })

describe('an issued certificate', () => {
  it('is put in order, without the root', async () => {
    const { certificate, chain } = await ca.signRequest(order.csr)
    const checked = await check([...chain].reverse().join('') + certificate)
    expect(checked).toMatchObject({
      leaf: certificate,
      chain: [ca.certificate],
      certificates: certificate + ca.certificate,
      facts: { clientAuth: 'present' },
    })
  })

  it('may lack the intermediates that its CA names', async () => {
    const { certificate } = await ca.signRequest(order.csr)
    expect((await check(certificate)).chain).toEqual([ca.certificate])
  })

  it('may be of a root alone, and for every use', async () => {
    const alone = await signOddly(root, order.csr, { usage: 'none' })
    expect((await check(alone)).chain).toEqual([root.certificate])
  })

  it.each([
    ['nothing', ''],
    ['a page of a proxy', '<html><body>Bad Gateway</body></html>'],
    ['too much', '-----BEGIN CERTIFICATE-----'.repeat(100_000)],
    ['a damaged certificate', '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'],
  ])('is none if the answer is %s', async (_what, answer) => {
    await expect(check(answer)).rejects.toEqual(coded('ISSUED_NO_CERTIFICATE'))
  })

  it('is refused if it is for another key', async () => {
    const other = await ca.signRequest((await newOrder(keyMaterial)).csr)
    await expect(check(other.certificate)).rejects.toEqual(coded('ISSUED_OTHER_KEY'))
  })

  it('is refused if it is not for clients', async () => {
    const server = await signOddly(ca, order.csr, { usage: 'serverAuth' })
    await expect(check(server)).rejects.toEqual(coded('ISSUED_WITHOUT_CLIENT_AUTH'))
  })

  it('is refused if its key may not sign a handshake', async () => {
    const encipher = await signOddly(ca, order.csr, { keyUsage: KeyUsageFlags.keyEncipherment })
    await expect(check(encipher)).rejects.toEqual(coded('ISSUED_WITHOUT_CLIENT_AUTH'))
    await check(await signOddly(ca, order.csr, { keyUsage: KeyUsageFlags.digitalSignature }))
  })

  it('is refused if its chain does not lead to the CA of the issuer', async () => {
    const other = await createCa({ name: 'Root' })
    const { certificate, chain } = await other.signRequest(order.csr)
    await expect(check([certificate, ...chain].join(''))).rejects.toEqual(coded('ISSUED_CHAIN_INVALID'))
  })

  it('is refused if a certificate that is no CA has signed it', async () => {
    const { certificate, privateKey, chain } = await ca.issue({ commonName: 'server' })
    const between: TestCa = { ...ca, certificate, privateKey }
    const leaf = await signOddly(between, order.csr)
    await expect(check([leaf, certificate, ...chain].join(''))).rejects.toEqual(coded('ISSUED_CHAIN_INVALID'))
  })

  it('is refused if it is a CA itself', async () => {
    await expect(check(await signOddly(ca, order.csr, { isCa: true }))).rejects.toEqual(coded('ISSUED_CHAIN_INVALID'))
  })

  it('is refused before it is valid, unless only the clocks differ', async () => {
    await expect(check(await signed({ notBefore: inDays(1) }))).rejects.toEqual(coded('ISSUED_NOT_YET_VALID'))
    await check(await signed({ notBefore: new Date(Date.now() + 60_000) }))
  })

  it('is refused if it is far shorter than its profile says', async () => {
    const hours = await signed({ notAfter: new Date(Date.now() + 3_600_000) })
    await expect(check(hours)).rejects.toEqual(coded('ISSUED_TOO_SHORT'))
    await expect(check(hours, { lifetimeSeconds: 90 * 86_400 })).rejects.toEqual(coded('ISSUED_TOO_SHORT'))
    await check(hours, { lifetimeSeconds: 3_600 })
    const expired = await signed({ notAfter: new Date(Date.now() - 1_000) })
    await expect(check(expired, { lifetimeSeconds: 60 })).rejects.toEqual(coded('ISSUED_TOO_SHORT'))
  })

  it('is refused without the names that were asked for, which the sentence has', async () => {
    const nameless = await signOddly(ca, order.csr, { isNameless: true })
    await expect(check(nameless)).rejects.toEqual(coded('ISSUED_OTHER_NAMES'))
    await expect(check(nameless)).rejects.toThrow('DNS:client.example, URI:spiffe://client.example/one, IP:192.0.2.1')
    const other = await signOddly(ca, order.csr, { subject: 'O=Acme, CN=other' })
    await expect(check(other)).rejects.toThrow('CN=client')
  })

  it('has the parts of the subject that its profile fixes', async () => {
    const fixed = await signOddly(ca, order.csr, { subject: 'O=Bank, CN=client' })
    await check(fixed, { subject: 'O=Bank' })
    await expect(check(fixed, { subject: 'O=Other' })).rejects.toEqual(coded('ISSUED_OTHER_NAMES'))
    await expect(check(fixed)).rejects.toThrow('O=Acme')
  })
})
