import type { LookupAddress } from 'node:dns'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { type ConnectProxy, startConnectProxy, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { type AddressSource, defaultTargetPorts, TargetGuard, UpstreamPools } from '../../src/index.ts'
import type { UpstreamPoolsOptions } from '../../src/pools/upstream-pools.ts'
import {
  acme,
  credentialsOf,
  failureOf,
  get,
  knownAddresses,
  listenTcp,
  type TcpListener,
} from '../support/outbound-fixture.ts'

describe.each([['directly'], ['through a proxy']])('the target guard over https, %s', (way) => {
  let listener: TcpListener
  let proxy: ConnectProxy
  let egress: UpstreamPoolsOptions['egress']
  let upstreams: UpstreamPools | undefined

  beforeAll(async () => {
    listener = await listenTcp((socket) => socket.destroy(), '::') // both families
    proxy = await startConnectProxy()
    if (way !== 'directly') egress = () => ({ host: '127.0.0.1', port: proxy.port, except: [] })
  })
  afterAll(() => Promise.all([listener.close(), proxy.close()]))
  afterEach(async () => {
    await upstreams?.destroy()
    expect(proxy.requests).toEqual([])
  })

  it.each([
    '127.0.0.1',
    '2130706433',
    '0x7f.1',
    '0177.0.0.1',
    '127.1',
    '0',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[64:ff9b::7f00:1]',
  ])('refuses the literal %s, and nothing arrives', async (host) => {
    upstreams = new UpstreamPools({ guard: new TargetGuard({ allowCidrs: [], ports: 'any' }), egress })
    const failure = await failureOf(upstreams, { accountId: acme }, `https://${host}:${listener.port}`)
    expect(failure).toMatchObject({ code: 'TARGET_ADDRESS_REFUSED' })
    expect(failure.message).toContain('TARGET_ALLOW_CIDRS')
    expect(listener.connections).toBe(0)
  })

  it.each([[['127.0.0.1']], [['::1']], [['::ffff:127.0.0.1']], [['10.0.0.1', '::1', '169.254.169.254']]])(
    'refuses a name with the addresses %j, and nothing arrives',
    async (addresses) => {
      const guard = new TargetGuard({ allowCidrs: [], ports: 'any' })
      upstreams = new UpstreamPools({ guard, addresses: knownAddresses(addresses), egress })
      const failure = await failureOf(upstreams, { accountId: acme }, `https://inside.example:${listener.port}`)
      expect(failure).toMatchObject({ code: 'TARGET_ADDRESS_REFUSED', phase: 'connect' })
      expect(listener.connections).toBe(0)
    },
  )

  it.each<{ what: string; found: string | LookupAddress[] }>([
    { what: 'a loopback address as one of IPv6', found: [{ address: '127.0.0.1', family: 6 }] },
    { what: 'a loopback address as one of IPv4', found: [{ address: '::1', family: 4 }] },
    { what: 'a name as an address', found: [{ address: 'localhost', family: 4 }] },
    { what: 'no list', found: '127.0.0.1' },
    { what: 'an empty list', found: [] },
  ])('refuses $what, whatever looked it up, and nothing arrives', async ({ found }) => {
    const addresses: AddressSource = { of: () => (_name, _options, callback) => callback(null, found, 4) }
    upstreams = new UpstreamPools({ guard: new TargetGuard({ allowCidrs: [], ports: 'any' }), addresses, egress })
    const failure = await failureOf(upstreams, { accountId: acme }, `https://inside.example:${listener.port}`)
    expect(failure).toMatchObject({ code: 'TARGET_ADDRESS_REFUSED', phase: 'connect' })
    expect(listener.connections).toBe(0)
  })

  it('refuses the address of the proxy itself', async () => {
    upstreams = new UpstreamPools({ guard: new TargetGuard({ allowCidrs: [], ports: 'any' }), egress })
    const failure = await failureOf(upstreams, { accountId: acme }, `https://127.0.0.1:${proxy.port}`)
    expect(failure).toMatchObject({ code: 'TARGET_ADDRESS_REFUSED' })
  })

  it('tells the families of addresses by themselves', () => {
    const guard = new TargetGuard({ allowCidrs: ['127.0.0.1'], ports: 'any' })
    expect(guard.reachable(['127.0.0.1', '9.0.0.1'])).toEqual([
      { address: '127.0.0.1', family: 4 },
      { address: '9.0.0.1', family: 4 },
    ])
  })

  it('refuses localhost by the hosts file', async () => {
    upstreams = new UpstreamPools({ guard: new TargetGuard({ allowCidrs: [], ports: 'any' }), egress })
    const failure = await failureOf(upstreams, { accountId: acme }, `https://localhost:${listener.port}`)
    expect(failure).toMatchObject({ code: 'TARGET_ADDRESS_REFUSED' })
    expect(listener.connections).toBe(0)
  })

  it('refuses a port that is not allowed, naming the variable', async () => {
    upstreams = new UpstreamPools({
      guard: new TargetGuard({ allowCidrs: ['127.0.0.1'], ports: defaultTargetPorts }),
      egress,
    })
    const failure = await failureOf(upstreams, { accountId: acme }, `https://127.0.0.1:${listener.port}`)
    expect(failure.code).toBe('TARGET_PORT_REFUSED')
    expect(failure.message).toContain(`port ${listener.port}`)
    expect(failure.message).toContain('TARGET_PORTS')
    expect(listener.connections).toBe(0)
  })

  it('lets the default ports pass, also where the url names none', () => {
    const guard = new TargetGuard({ allowCidrs: [], ports: defaultTargetPorts })
    expect([443, 8443, 80, 22].map((port) => guard.refusal('target.example', port)?.code)).toEqual([
      undefined,
      undefined,
      'TARGET_PORT_REFUSED',
      'TARGET_PORT_REFUSED',
    ])
  })
})

describe('a name whose address changes', () => {
  let target: TestTarget
  let upstreams: UpstreamPools
  // Only this address is allowed; it stands for a public one.
  const guard = new TargetGuard({ allowCidrs: ['127.0.0.2'], ports: 'any' })

  beforeAll(async () => {
    target = await startTestTarget({ host: '127.0.0.2' })
  })
  afterAll(() => target.close())
  afterEach(() => upstreams.destroy())

  it('is refused as soon as it points inside, and nothing arrives there', async () => {
    const inside = await listenTcp((socket) => socket.destroy())
    upstreams = new UpstreamPools({
      guard,
      addresses: knownAddresses(['127.0.0.2'], ['127.0.0.1']),
      extraCa: [target.ca],
    })
    const identity = {
      accountId: acme,
      credentials: credentialsOf(await target.clientCa.issue({ commonName: 'client' })),
    }
    await expect(get(upstreams.acquire(identity, target.url))).resolves.toMatchObject({ status: 200 })
    const elsewhere = `https://localhost:${inside.port}`
    await expect(failureOf(upstreams, identity, elsewhere)).resolves.toMatchObject({ code: 'TARGET_ADDRESS_REFUSED' })
    expect(inside.connections).toBe(0)
    await inside.close()
  })

  it('is refused through a proxy as well, which is asked for the address that was approved', async () => {
    const proxy = await startConnectProxy()
    const egress = () => ({ host: '127.0.0.1', port: proxy.port, except: [] })
    const addresses = knownAddresses(['127.0.0.1', '127.0.0.2'], ['127.0.0.1'])
    upstreams = new UpstreamPools({ guard, addresses, egress, extraCa: [target.ca] })
    const identity = { accountId: acme }
    const failure = await failureOf(upstreams, identity, target.url)
    expect(failure.code).toBe('TARGET_REQUIRES_CLIENT_CERTIFICATE')
    await expect(failureOf(upstreams, identity, 'https://localhost:8443')).resolves.toMatchObject({
      code: 'TARGET_ADDRESS_REFUSED',
    })
    expect(proxy.requests.map(({ authority }) => authority)).toEqual([`127.0.0.2:${new URL(target.url).port}`])
    await proxy.close()
  })

  it('is reached by its allowed address where it has others beside', async () => {
    upstreams = new UpstreamPools({
      guard,
      addresses: knownAddresses(['127.0.0.1', '::1', '127.0.0.2']),
      extraCa: [target.ca],
    })
    const identity = {
      accountId: acme,
      credentials: credentialsOf(await target.clientCa.issue({ commonName: 'client' })),
    }
    await expect(get(upstreams.acquire(identity, target.url))).resolves.toMatchObject({ status: 200 })
  })
})
