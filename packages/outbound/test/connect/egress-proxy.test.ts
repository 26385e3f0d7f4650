import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { Bulkhead } from '@mtls-gateway/bulkhead'
import { Ranks } from '@mtls-gateway/isolated-jobs'
import {
  type ConnectProxy,
  createCa,
  freePort,
  type IssuedCertificate,
  startConnectProxy,
  startMtlsTarget,
  startTestTarget,
  type TestCa,
  type TestTarget,
  withTools,
} from '@mtls-gateway/test-kit'
import { Tunnel } from '../../src/connect/proxy-tunnel.ts'
import {
  type AccountIdentity,
  type EgressProxy,
  isTargetDown,
  TargetProbes,
  TracedCalls,
  type TransportFailure,
  type UpstreamPools,
} from '../../src/index.ts'
import { startSquid } from '../programs/squid-server.ts'
import {
  acme,
  ask,
  credentialsOf,
  failureOf,
  get,
  globex,
  knownAddresses,
  listenTcp,
  openUpstreamPools,
  statsOf,
} from '../support/outbound-fixture.ts'
import { startTargetProxy } from '../support/target-proxy.ts'

const secret = 'Basic Z2F0ZXdheTpjYW5hcnk='
const at = (port: number, facts: Partial<EgressProxy> = {}): EgressProxy => ({
  host: '127.0.0.1',
  port,
  except: [],
  ...facts,
})

let target: TestTarget
let identity: AccountIdentity
let upstreams: UpstreamPools | undefined
let proxy: { close(): Promise<void> } | undefined

beforeAll(async () => {
  target = await startTestTarget({ host: '127.0.0.2' })
  identity = { accountId: acme, credentials: credentialsOf(await target.clientCa.issue({ commonName: 'client' })) }
})
afterAll(() => target.close())
afterEach(async () => {
  await upstreams?.destroy()
  await proxy?.close()
  upstreams = undefined
  proxy = undefined
})

const through = (egress: (owner: string) => EgressProxy | undefined, settings = {}): UpstreamPools => {
  upstreams = openUpstreamPools({
    egress,
    addresses: knownAddresses(['127.0.0.2']),
    extraCa: [target.ca],
    settings,
  })
  return upstreams
}

async function startProxy(...answer: Parameters<typeof startConnectProxy>): Promise<ConnectProxy> {
  const started = await startConnectProxy(...answer)
  proxy = started
  return started
}

describe('through a proxy', () => {
  it('a call presents its certificate to the target, at the address that was looked up for it', async () => {
    const { port, requests } = await startProxy()
    const before = target.seen.length
    const pool = through(() => at(port, { authorization: secret })).acquire(identity, target.url)
    await expect(get(pool)).resolves.toMatchObject({ status: 200 })
    await expect(get(pool)).resolves.toMatchObject({ status: 200 })
    expect(target.seen.slice(before).map((seen) => seen.clientCertificate?.commonName)).toEqual(['client', 'client'])
    const { port: targetPort } = new URL(target.url)
    expect(requests).toEqual([{ authority: `127.0.0.2:${targetPort}`, authorization: secret }])
  })

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'a target says that it wants a client certificate, by %s',
    async (version) => {
      const { port } = await startProxy()
      const ca = await createCa()
      const strict = await startMtlsTarget({
        serverIdentity: await ca.issue({ commonName: 'localhost', dnsNames: ['localhost'] }),
        clientCa: ca.certificate,
        minVersion: version,
        maxVersion: version,
      })
      const egress = () => at(port)
      upstreams = openUpstreamPools({ egress, extraCa: [ca.certificate] })
      const failure = await failureOf(upstreams, { accountId: acme }, strict.url)
      expect(failure.code).toBe('TARGET_REQUIRES_CLIENT_CERTIFICATE')
      await strict.close()
    },
  )

  it.each<[string, (socket: Socket) => void]>([
    ['resets', (socket) => void socket.resetAndDestroy()],
    ['closes', (socket) => void socket.end()],
  ])('a target that %s the connection in its handshake is told of as without one', async (_, end) => {
    const listener = await startProxyOf(
      await listenTcp((socket) => {
        socket.once('data', () => {
          socket.write('HTTP/1.1 200 OK\r\n\r\n')
          socket.once('data', () => end(socket))
        })
      }),
    )
    const failure = await failureOf(
      through(() => at(listener.port)),
      identity,
      target.url,
    )
    expect(failure).toMatchObject({ code: 'ECONNRESET', phase: 'handshake' })
  })

  it('a tunnel that was reset while nobody read it says so when it is written to', async () => {
    const listener = await startProxyOf(
      await listenTcp((socket) => socket.once('data', () => socket.resetAndDestroy())),
    )
    const tcp = connect(listener.port, '127.0.0.1').pause()
    const tunnel = new Tunnel(tcp)
    tunnel.stopReading()
    tunnel.write('hello')
    await new Promise((closed) => tcp.once('close', closed))
    const failed = once(tunnel, 'error')
    tunnel.write('anybody?')
    await expect(failed).resolves.toMatchObject([{ code: 'ECONNRESET' }])
  })

  it('an address in the url is asked for as it is', async () => {
    const { port, requests } = await startProxy(() => 'HTTP/1.1 403 Forbidden\r\n\r\n')
    for (const host of ['127.0.0.2', '[::1]'])
      await failureOf(
        through(() => at(port)),
        identity,
        `https://${host}:8443`,
      )
    expect(requests.map(({ authority }) => authority)).toEqual(['127.0.0.2:8443', '[::1]:8443'])
  })

  it('a proxy may have a name', async () => {
    const { port } = await startProxy()
    const pool = through(() => at(port, { host: 'localhost' })).acquire(identity, target.url)
    await expect(get(pool)).resolves.toMatchObject({ status: 200 })
  })

  it('large bodies pass both ways', async () => {
    const { port } = await startProxy()
    const body = Buffer.alloc(3_000_000, 'a')
    const pool = through(() => at(port)).acquire(identity, target.url)
    const { status, body: answer } = await ask(pool, { method: 'POST', body })
    expect(status).toBe(200)
    expect(answer.length).toBeGreaterThan(0)
  })

  it('each account has its own proxy, or none', async () => {
    const { port, requests } = await startProxy()
    const pools = through((owner) => (owner === acme ? at(port) : undefined))
    await get(pools.acquire({ ...identity, accountId: globex }, target.url))
    expect(requests).toEqual([])
    await get(pools.acquire(identity, target.url))
    expect(requests).toHaveLength(1)
  })

  it('excepted hosts are called directly', async () => {
    const { port, requests } = await startProxy()
    const { port: targetPort } = new URL(target.url)
    for (const except of [['localhost'], ['*.localhost', 'localhost']]) {
      const pools = through(() => at(port, { except }))
      await get(pools.acquire(identity, `https://LOCALHOST:${targetPort}`))
      await pools.destroy()
    }
    expect(requests).toEqual([])
    const pools = through(() => at(port, { except: ['*.example', 'host'] }))
    await get(pools.acquire(identity, target.url))
    expect(requests).toHaveLength(1)
  })

  it('another proxy is used for the next call, and idle connections through the one before close', async () => {
    const [first, second] = [await startConnectProxy(), await startProxy()]
    let current = at(first.port)
    const pools = through(() => current)
    await get(pools.acquire(identity, target.url))
    current = at(second.port)
    pools.reroute((account) => account === globex)
    expect(statsOf(pools)).toMatchObject({ connections: 1, draining: 0 })
    pools.reroute((account) => account === acme)
    await get(pools.acquire(identity, target.url))
    while (statsOf(pools).draining > 0) await new Promise(setImmediate)
    expect(statsOf(pools)).toMatchObject({ identities: 1, connections: 1 })
    expect([first.requests.length, second.requests.length]).toEqual([1, 1])
    await first.close()
  })

  it.each([true, 'over TLS'] as const)('a connection test and a probe go the same way: %s', async (through) => {
    const ca = await createCa()
    const ofProxy = await ca.issue({ commonName: '127.0.0.1', ipAddresses: ['127.0.0.1'] })
    const started = await startTargetProxy(through, ca.certificate, ofProxy)
    if (started === undefined) throw new TypeError('it is one')
    proxy = started.proxy
    const { egress } = started
    const guard = { allowCidrs: ['127.0.0.0/8', '::1'], ports: 'any' } as const
    const places = new Bulkhead('traced-calls', { total: 1, share: 1, reserve: 0 })
    const calls = new TracedCalls({ guard, extraCa: [target.ca], places, ranks: new Ranks(), egress: () => egress })
    const probes = new TargetProbes({ guard, extraCa: [target.ca], proxy: egress })
    // The certificate of the target has the name alone.
    const trust = { serverName: 'localhost', key: 'trust' }
    const url = `https://127.0.0.2:${new URL(target.url).port}/`
    const call = { url, method: 'GET', headers: {}, maxBodyBytes: 1_000 }
    const report = await calls.call(acme, { ...identity, trust }, call, 30_000)
    expect(report.verdict).toMatchObject({ outcome: 'accepted' })
    const probed = await probes.probe({ ...identity, trust }, { url, method: 'GET', deadlineMs: 30_000 })
    expect(probed).toMatchObject({ ok: true, clientCertificate: 'accepted' })
    expect(started.proxy.requests).toHaveLength(2)
    await calls.close()
    await probes.close()
  })
})

describe('through a proxy over TLS', () => {
  let proxyCa: TestCa
  let proxyIdentity: IssuedCertificate

  beforeAll(async () => {
    proxyCa = await createCa({ name: 'Proxy CA' })
    proxyIdentity = await proxyCa.issue({ commonName: 'proxy', dnsNames: ['localhost'] })
  })

  const atName = (port: number, facts: Partial<EgressProxy> = {}) =>
    at(port, { host: 'localhost', ca: proxyCa.certificate, ...facts })

  it('a call presents its certificate to the target, with TLS in TLS, and large bodies pass both ways', async () => {
    const { port, requests } = await startProxy(undefined, proxyIdentity)
    const before = target.seen.length
    const proxy = atName(port, { authorization: secret })
    const pool = through(() => proxy).acquire(identity, target.url)
    await expect(get(pool)).resolves.toMatchObject({ status: 200 })
    expect(target.seen.slice(before).map((seen) => seen.clientCertificate?.commonName)).toEqual(['client'])
    expect(requests).toEqual([{ authority: `127.0.0.2:${new URL(target.url).port}`, authorization: secret }])
    const { status, body } = await ask(pool, { method: 'POST', body: Buffer.alloc(3_000_000, 'a') })
    expect({ status, hasBody: body.length > 0 }).toEqual({ status: 200, hasBody: true })
  })

  it.each<[string, () => Partial<EgressProxy>, RegExp]>([
    ['another CA', () => ({ ca: target.ca }), /UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED/],
    ['another name', () => ({ host: '127.0.0.1' }), /ERR_TLS_CERT_ALTNAME_INVALID/],
    ['no TLS', () => ({ ca: undefined }), /./],
  ])('one with %s gets no request, and so no credentials', async (_, facts, detail) => {
    const { port, requests } = await startProxy(undefined, proxyIdentity)
    const proxy = atName(port, { authorization: secret, ...facts() })
    const failure = await failureOf(
      through(() => proxy),
      identity,
      target.url,
    )
    expect(failure).toMatchObject({ code: 'EGRESS_PROXY_UNREACHABLE', phase: 'connect' })
    expect(failure.message).toMatch(detail)
    expect(requests).toEqual([])
  })

  it.each<[string, (socket: Socket) => void, string]>([
    ['speaks no TLS', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'), 'EGRESS_PROXY_UNREACHABLE'],
    ['hangs in its handshake', () => {}, 'EGRESS_PROXY_UNREACHABLE'],
    ['closes in its handshake', (socket) => socket.destroy(), 'EGRESS_PROXY_UNREACHABLE'],
  ])('what %s is told of as a proxy that is not reached', async (_, onData, code) => {
    const { port } = await startProxyOf(await listenTcp((socket) => socket.once('data', () => onData(socket))))
    const proxy = atName(port)
    const failure = await failureOf(
      through(() => proxy, { connectTimeoutMs: 300 }),
      identity,
      target.url,
    )
    expect(failure).toMatchObject({ code, phase: 'connect' })
  })

  it('its refusals are told of as of any other', async () => {
    const { port } = await startProxy(() => 'HTTP/1.1 407 Proxy Authentication Required\r\n\r\n', proxyIdentity)
    const proxy = atName(port)
    const failure = await failureOf(
      through(() => proxy),
      identity,
      target.url,
    )
    expect(failure).toMatchObject({ code: 'EGRESS_PROXY_UNAUTHORIZED', phase: 'connect' })
  })

  withTools(
    it,
    'squid',
    'openssl',
  )('Squid tunnels', async () => {
    const squid = await startProxyOf(await startSquid({ identity: proxyIdentity }))
    const proxy = atName(Number(new URL(squid.url).port))
    const pools = through(() => proxy)
    await expect(get(pools.acquire(identity, target.url))).resolves.toMatchObject({ status: 200 })
    const failure = await failureOf(pools, identity, 'https://127.0.0.3:8443')
    expect(failure).toMatchObject({ code: 'EGRESS_PROXY_REFUSED' })
  })
})

describe('a proxy that fails', () => {
  const head = (status: string) => `HTTP/1.1 ${status}\r\nContent-Length: 4\r\n\r\noops`
  it.each<[string, string, string]>([
    ['wants other credentials', head('407 Proxy Authentication Required'), 'EGRESS_PROXY_UNAUTHORIZED HTTP 407'],
    ['refuses', head('403 Forbidden'), 'EGRESS_PROXY_REFUSED HTTP 403'],
    ['redirects', head('302 Found'), 'EGRESS_PROXY_REFUSED HTTP 302'],
    ['breaks', head('500 Internal Server Error'), 'EGRESS_PROXY_REFUSED HTTP 500'],
    ['does not reach the target', head('503 Service Unavailable'), 'EGRESS_PROXY_CANNOT_CONNECT HTTP 503'],
    ['speaks no HTTP', '220 smtp.example ESMTP\r\n\r\n', 'EGRESS_PROXY_MALFORMED HTTP/1.1'],
    ['goes on after 100', 'HTTP/1.1 100 Continue\r\n\r\n', 'EGRESS_PROXY_MALFORMED HTTP/1.1'],
    ['never ends its head', `HTTP/1.1 200 OK\r\nA: ${'a'.repeat(9_000)}`, 'EGRESS_PROXY_MALFORMED 8 KiB'],
    ['has a long head', `HTTP/1.1 200 OK\r\nA: ${'a'.repeat(9_000)}\r\n\r\n`, 'EGRESS_PROXY_MALFORMED 8 KiB'],
    ['speaks before TLS', 'HTTP/1.1 200 OK\r\n\r\nhello', 'EGRESS_PROXY_MALFORMED before TLS'],
  ])('and %s is told of by its own code', async (_, answer, expected) => {
    const { port } = await startProxy(() => answer)
    const failure = await failureOf(
      through(() => at(port, { authorization: secret })),
      identity,
      target.url,
    )
    const [code = '', ...words] = expected.split(' ')
    expect(failure).toMatchObject({ code, phase: 'connect' })
    expect(failure.message).toContain(words.join(' '))
    expect(failure.message).toMatch(/egress proxy .* operator/s)
    expect(JSON.stringify(failure)).not.toContain(secret.slice(6))
  })

  it('answers in pieces', async () => {
    const listener = await listenTcp((socket) => {
      socket.once('data', async () => {
        for (const piece of ['HTT', 'P/1.1 403 ', 'no\r', '\n\r', '\n']) {
          socket.write(piece)
          await new Promise((resolve) => setTimeout(resolve, 5))
        }
      })
    })
    proxy = listener
    const failure = await failureOf(
      through(() => at(listener.port)),
      identity,
      target.url,
    )
    expect(failure.code).toBe('EGRESS_PROXY_REFUSED')
  })

  it.each<[string, () => Promise<number>, string]>([
    ['is not there', freePort, 'EGRESS_PROXY_UNREACHABLE'],
    [
      'closes',
      async () => (await startProxyOf(await listenTcp((socket) => socket.on('data', () => socket.end())))).port,
      'EGRESS_PROXY_UNREACHABLE',
    ],
    [
      'resets',
      async () =>
        (await startProxyOf(await listenTcp((socket) => socket.on('data', () => socket.resetAndDestroy())))).port,
      'EGRESS_PROXY_UNREACHABLE',
    ],
    ['hangs', async () => (await startProxyOf(await listenTcp(() => {}))).port, 'EGRESS_PROXY_TIMEOUT'],
  ])('because it %s is told of as well', async (_, portOf, code) => {
    const port = await portOf()
    const failure = await failureOf(
      through(() => at(port), { connectTimeoutMs: 300 }),
      identity,
      target.url,
    )
    expect(failure).toMatchObject({ code, phase: 'connect' })
  })

  it('because its name is unknown is not taken for a target without a name', async () => {
    const failure = await failureOf(
      through(() => at(1, { host: 'proxy.invalid' })),
      identity,
      target.url,
    )
    expect(failure.code).toBe('EGRESS_PROXY_UNREACHABLE')
    expect(failure.message).toMatch(/\((ENOTFOUND|EAI_AGAIN)\)/)
  })

  it('says nothing of the target, unless it could not reach that, or not in time', () => {
    const isDown = (code: string) => isTargetDown(new Error(code), { code, phase: 'connect' } as TransportFailure)
    expect(['CANNOT_CONNECT', 'TIMEOUT'].map((end) => isDown(`EGRESS_PROXY_${end}`))).toEqual([true, true])
    for (const end of ['UNREACHABLE', 'UNAUTHORIZED', 'REFUSED', 'MALFORMED']) {
      expect(isDown(`EGRESS_PROXY_${end}`)).toBe(false)
    }
  })

  it('is left alone when the call is given up', async () => {
    const closed: Promise<unknown>[] = []
    const listener = await startProxyOf(await listenTcp((socket) => closed.push(once(socket.resume(), 'close'))))
    const pools = through(() => at(listener.port))
    const failing = failureOf(pools, identity, target.url)
    while (closed.length === 0) await new Promise(setImmediate)
    await pools.destroy()
    await expect(failing).resolves.toMatchObject({ code: 'SHUTTING_DOWN' })
    await closed[0]
  })
})

async function startProxyOf<Proxy extends { close(): Promise<void> }>(started: Proxy): Promise<Proxy> {
  proxy = started
  return started
}

withTools(
  describe,
  'squid',
  'openssl',
)('Squid', () => {
  const portOf = (url: string) => Number(new URL(url).port)
  const credentials = { username: 'gateway', password: 'a: canary' }
  const authorization = `Basic ${Buffer.from('gateway:a: canary').toString('base64')}`

  it('tunnels without credentials, and refuses what it does not allow', async () => {
    const squid = await startProxyOf(await startSquid())
    const pools = through(() => at(portOf(squid.url)))
    await expect(get(pools.acquire(identity, target.url))).resolves.toMatchObject({ status: 200 })
    const failure = await failureOf(pools, identity, 'https://127.0.0.3:8443')
    expect(failure).toMatchObject({ code: 'EGRESS_PROXY_REFUSED' })
  })

  it('tunnels with credentials, and says so if they are wrong', async () => {
    const squid = await startProxyOf(await startSquid({ credentials }))
    const port = portOf(squid.url)
    let proxyNow = at(port, { authorization })
    const pools = through(() => proxyNow)
    await expect(get(pools.acquire(identity, target.url))).resolves.toMatchObject({ status: 200 })
    for (const wrong of [undefined, secret]) {
      proxyNow = at(port, { authorization: wrong })
      pools.reroute(() => true)
      const failure = await failureOf(pools, identity, target.url)
      expect(failure).toMatchObject({ code: 'EGRESS_PROXY_UNAUTHORIZED' })
    }
  })

  it('says that a target is not there', async () => {
    const squid = await startProxyOf(await startSquid())
    const failure = await failureOf(
      through(() => at(portOf(squid.url))),
      identity,
      `https://127.0.0.2:${await freePort()}`,
    )
    expect(failure).toMatchObject({ code: 'EGRESS_PROXY_CANNOT_CONNECT' })
  })
})
