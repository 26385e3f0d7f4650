import { afterEach, describe, expect, it } from '@jest/globals'
import { Agent, request } from 'undici'
import {
  createCa,
  type EchoedRequest,
  type IssuedCertificate,
  type MtlsTarget,
  startTestTarget,
  type TestTargetOptions,
} from '../src/index.ts'

const opened: Array<{ close(): Promise<void> }> = []
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

async function openTarget(options?: TestTargetOptions) {
  const target = await startTestTarget(options)
  opened.push(target)
  return target
}

function openClient(target: MtlsTarget, identity?: IssuedCertificate): Agent {
  // One connection, so that a second request does not open another while the first one is being released.
  const agent = new Agent({
    connections: 1,
    connect: { ca: target.ca, ...(identity && { cert: identity.certificate, key: identity.privateKey }) },
  })
  opened.push({ close: () => agent.destroy() })
  return agent
}

describe('an mTLS target', () => {
  it('echoes the request together with the certificate that the client presented', async () => {
    const target = await openTarget()
    const identity = await target.clientCa.issue({ commonName: 'client-a', organization: 'Acme' })
    const { body } = await request(`${target.url}/a%2Fb?x=1&x=2`, {
      dispatcher: openClient(target, identity),
      method: 'POST',
      headers: { 'X-Mixed-Case': 'kept' },
      body: 'grüße',
    })
    // The shape is the target's own promise, checked field by field below.
    const echoed = (await body.json()) as EchoedRequest
    expect(echoed).toMatchObject({
      method: 'POST',
      url: '/a%2Fb?x=1&x=2',
      headers: { 'x-mixed-case': 'kept' },
      body: 'grüße',
      clientCertificate: {
        subject: 'O=Acme, CN=client-a',
        issuer: 'CN=Client CA',
        commonName: 'client-a',
        fingerprint256: identity.fingerprintSha256,
      },
      tls: { protocol: 'TLSv1.3' },
    })
    expect(echoed.rawHeaders).toContain('X-Mixed-Case')
  })

  it('remembers which certificate came with which request over which connection', async () => {
    const target = await openTarget()
    const first = openClient(target, await target.clientCa.issue({ commonName: 'first' }))
    const second = openClient(target, await target.clientCa.issue({ commonName: 'second' }))
    for (const dispatcher of [first, first, second]) {
      await (await request(`${target.url}/sink`, { dispatcher })).body.dump()
    }
    expect(target.seen.map((one) => [one.clientCertificate?.commonName, one.socketId])).toEqual([
      ['first', 1],
      ['first', 1],
      ['second', 2],
    ])
    target.clear()
    expect(target.seen).toEqual([])
  })

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('refuses a client without a certificate over %s', async (version) => {
    const target = await openTarget({ minVersion: version, maxVersion: version })
    await expect(request(target.url, { dispatcher: openClient(target) })).rejects.toThrow()
    expect(target.seen).toEqual([])
  })

  it('refuses a certificate of another CA', async () => {
    const target = await openTarget()
    const stranger = await (await createCa()).issue({ commonName: 'stranger' })
    await expect(request(target.url, { dispatcher: openClient(target, stranger) })).rejects.toThrow()
    expect(target.seen).toEqual([])
  })

  it('serves a client without a certificate when it does not require one', async () => {
    const target = await openTarget({ requireClientCertificate: false })
    const { body } = await request(target.url, { dispatcher: openClient(target) })
    expect(await body.json()).toMatchObject({ clientCertificate: null })
  })

  it('streams, counts, sends bytes and answers with a chosen status', async () => {
    const target = await openTarget()
    const dispatcher = openClient(target, await target.clientCa.issue({ commonName: 'client' }))
    const big = Buffer.alloc(300_000, 'abc')
    const echo = await request(`${target.url}/echo`, { dispatcher, method: 'POST', body: big })
    expect(Buffer.compare(Buffer.from(await echo.body.arrayBuffer()), big)).toBe(0)
    const sink = await request(`${target.url}/sink`, { dispatcher, method: 'PUT', body: big })
    expect(await sink.body.json()).toEqual({ bytes: big.length })
    const bytes = await request(`${target.url}/bytes?n=200000`, { dispatcher })
    expect((await bytes.body.arrayBuffer()).byteLength).toBe(200_000)
    const unavailable = await request(`${target.url}/status/503`, { dispatcher })
    expect([unavailable.statusCode, await unavailable.body.json()]).toMatchObject([503, { method: 'GET' }])
    const empty = await request(`${target.url}/status/204`, { dispatcher })
    expect([empty.statusCode, await empty.body.text()]).toEqual([204, ''])
    const slow = await request(`${target.url}/slow?ms=1`, { dispatcher })
    expect(await slow.body.json()).toMatchObject({ url: '/slow?ms=1' })
  })

  it('hands every request to a handler of the caller', async () => {
    const target = await openTarget({ handler: (_request, response) => void response.writeHead(418).end() })
    const dispatcher = openClient(target, await target.clientCa.issue({ commonName: 'client' }))
    expect((await request(target.url, { dispatcher })).statusCode).toBe(418)
  })
})
