import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Bulkhead } from '@mtls-gateway/bulkhead'
import { Ranks } from '@mtls-gateway/isolated-jobs'
import { createCa, type IssuedCertificate, startMtlsTarget, type TestCa } from '@mtls-gateway/test-kit'
import { createTargetTrust, type TracedCallReport, TracedCalls } from '../../src/index.ts'

const names = { commonName: 'localhost', dnsNames: ['localhost'] }

describe('a call that ends with the handshake', () => {
  let root: TestCa
  let intermediate: TestCa
  let clientCa: TestCa
  let calls: TracedCalls

  beforeAll(async () => {
    root = await createCa({ name: 'Bank Root' })
    intermediate = await root.createIntermediate('Bank Issuing CA')
    clientCa = await createCa({ name: 'Client CA' })
    calls = new TracedCalls({
      guard: { allowCidrs: ['127.0.0.0/8', '::1'], ports: 'any' },
      extraCa: [],
      places: new Bulkhead('traced-calls', { total: 2, share: 2, reserve: 0 }),
      ranks: new Ranks(),
    })
  })
  afterAll(() => calls.close())

  const callTo = (url: string, caCertificates?: string) =>
    calls.call(
      'one',
      caCertificates === undefined ? {} : { trust: createTargetTrust({ caCertificates }) },
      { url, method: 'GET', headers: {}, maxBodyBytes: 0, endsWithHandshake: true },
      30_000,
    )

  /** What is found where the target sends these certificates behind its own. */
  async function found(identity: IssuedCertificate, sent: readonly string[]): Promise<TracedCallReport> {
    // The last of the chain is what a target leaves out.
    const serverIdentity = { ...identity, chain: [...sent, ''] }
    const target = await startMtlsTarget({ serverIdentity, clientCa: clientCa.certificate })
    try {
      return await callTo(target.url)
    } finally {
      await target.close()
    }
  }

  const subjects = ({ targetChain }: TracedCallReport) => targetChain?.path.map(({ subject }) => subject)

  it('shows no name of a CA that turns the direction of the text around it', async () => {
    const ca = await createCa({ name: 'Bank\u202eRoot' })
    expect(subjects(await found(await ca.issue(names), [ca.certificate]))).toEqual([
      'CN=localhost',
      'CN=Bank\\E2\\80\\AERoot',
    ])
  })

  it('finds the root that the target sent, from a target that would demand a certificate', async () => {
    const report = await found(await intermediate.issue(names), [intermediate.certificate, root.certificate])
    expect(subjects(report)).toEqual(['CN=localhost', 'CN=Bank Issuing CA', 'CN=Bank Root'])
    expect(report).toMatchObject({
      answer: undefined,
      failure: { code: 'SELF_SIGNED_CERT_IN_CHAIN' },
      targetChain: { anchor: 2, isComplete: true },
    })
    expect(report.targetChain?.path[2]?.pem).toBe(root.certificate)
  })

  it('finds the uppermost intermediate where the target sent no root, in whatever order', async () => {
    const second = await intermediate.createIntermediate('Bank Server CA')
    const report = await found(await second.issue(names), [intermediate.certificate, second.certificate])
    expect(subjects(report)).toEqual(['CN=localhost', 'CN=Bank Server CA', 'CN=Bank Issuing CA'])
    expect(report.targetChain).toMatchObject({ anchor: 2, isComplete: false })
  })

  it('finds nothing to trust where the target sent its certificate alone', async () => {
    const report = await found(await root.issue(names), [])
    expect(report.targetChain).toMatchObject({
      path: [{ subject: 'CN=localhost', issuer: 'CN=Bank Root' }],
      anchor: null,
      isComplete: false,
    })
  })

  it('takes no CA for the issuer that has only its name', async () => {
    const impostor = await createCa({ name: 'Bank Root' })
    const report = await found(await root.issue(names), [impostor.certificate])
    expect(report.targetChain).toMatchObject({ path: [{ subject: 'CN=localhost' }], anchor: null })
  })

  it('takes no certificate for a CA that is none', async () => {
    const other = await root.issue({ commonName: 'other.example' })
    const report = await found(await root.issue(names), [other.certificate])
    expect(report.targetChain).toMatchObject({ path: [{ subject: 'CN=localhost' }], anchor: null })
  })

  it('finds a certificate that is self-signed', async () => {
    const { certificate, privateKey } = await createCa({ name: 'localhost' })
    const identity = { certificate, privateKey, chain: [], fingerprintSha256: '' }
    expect((await found(identity, [])).targetChain).toMatchObject({
      path: [{ subject: 'CN=localhost', issuer: 'CN=localhost' }],
      anchor: 0,
      isComplete: true,
    })
  })

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('sends no request to a target that is trusted, over %s', async (version) => {
    const requests: string[] = []
    const { privateKey: key, certificate: cert } = await root.issue(names)
    const target = createServer({ key, cert, minVersion: version, maxVersion: version }, ({ url = '' }, response) => {
      requests.push(url)
      response.end()
    }).listen(0, '127.0.0.1')
    await once(target, 'listening')
    const closed = new Promise<void>((resolve) => {
      target.once('connection', (socket) => socket.once('close', () => resolve()))
    })
    const { port } = target.address() as AddressInfo
    const report = await callTo(`https://localhost:${port}/token`, root.certificate)
    await closed
    target.close()
    expect(report).toMatchObject({ handshake: { authorized: true }, answer: undefined })
    expect(subjects(report)).toEqual(['CN=localhost'])
    expect(requests).toEqual([])
  })

  it('says of a target that can not be reached why, and has no chain of it', async () => {
    const refused = new TracedCalls({
      guard: { allowCidrs: [], ports: 'any' },
      extraCa: [],
      places: new Bulkhead('traced-calls', { total: 1, share: 1, reserve: 0 }),
      ranks: new Ranks(),
    })
    const call = { url: 'https://127.0.0.1:9/', method: 'GET', headers: {}, maxBodyBytes: 0, endsWithHandshake: true }
    const report = await refused.call('one', {}, call, 30_000)
    await refused.close()
    expect(report).toMatchObject({ failure: { code: 'TARGET_ADDRESS_REFUSED' }, handshake: undefined })
    expect(report.targetChain).toBeUndefined()
  })
})
