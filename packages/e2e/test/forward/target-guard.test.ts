import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { Explanation } from '@mtls-gateway/contract'
import { type ApiClient, type ConnectProxy, createCa, makePkcs12, startConnectProxy } from '@mtls-gateway/test-kit'
import { expectProblem, expectSentence, problemOf } from '../support/expect-problem.ts'
import { codeIn, rawExchange } from '../support/raw-exchange.ts'
import { System } from '../support/system.ts'
import { lp, type Tenant } from '../support/tenant.ts'
import type { AppKey } from '../support/wire.ts'

describe.each([['directly'], ['through a proxy']])('the target guard, as it is by default, %s', (way) => {
  let listener: Server
  let connections = 0
  let port: number
  let proxy: ConnectProxy
  let system: System
  let tenant: Tenant
  let caller: ApiClient
  let appKey: AppKey
  const directory = mkdtempSync(join(tmpdir(), 'egress-proxies-'))

  beforeAll(async () => {
    proxy = await startConnectProxy()
    const file = join(directory, 'proxies.json')
    writeFileSync(file, JSON.stringify({ '*': { url: `http://127.0.0.1:${proxy.port}` } }))
    listener = createServer((socket) => {
      connections++
      socket.destroy()
    })
    // Both families where there are both; else the refusal of [::1] has nothing to connect to, guard or not.
    listener.listen(0)
    await once(listener, 'listening')
    port = (listener.address() as AddressInfo).port
    system = await System.start({
      guarded: true,
      forwarderApiEnv: { PROXY_ENTRY: 'true' },
      env: { TARGET_PORTS: 'any', ...(way !== 'directly' && { EGRESS_PROXIES_FILE: file }) },
    })
    tenant = await system.newTenant()
    appKey = await tenant.newAppKey()
    caller = system.toForwarderApi({ oauth1: appKey })
  })

  afterAll(async () => {
    await system?.stop()
    listener?.close()
    await proxy?.close()
    rmSync(directory, { recursive: true })
  })

  afterEach(() => {
    expect(proxy.requests).toEqual([])
  })

  const forward = (url: string) => caller.raw({ method: 'GET', path: tenant.forwardPath, headers: lp(url) })

  /** By the proxy entry. @returns the answer */
  async function proxied(host: string): Promise<string> {
    const credentials = Buffer.from(`${appKey.appKey}:${appKey.appSecret}`).toString('base64')
    const head = `GET http://${host}:${port}/ HTTP/1.1\r\nHost: ${host}:${port}\r\nConnection: close\r\n`
    const bytes = `${head}Proxy-Authorization: Basic ${credentials}\r\n\r\n`
    return (await rawExchange(system.forwarderApi.url, bytes)).text
  }

  const addresses = [
    '127.0.0.1',
    '127.1.2.3',
    '0.0.0.0',
    '[::1]',
    '[::]',
    '[::ffff:7f00:1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
    'localhost',
    '169.254.169.254',
    '10.0.0.1',
    '172.16.0.1',
    '192.168.0.1',
    '100.64.0.1',
    '[fe80::1]',
    '[fd00::1]',
    '224.0.0.1',
    '255.255.255.255',
  ]
  it.each(addresses)('refuses https://%s, and nothing connects', async (host) => {
    const answer = await forward(`https://${host}:${port}/`)
    expectProblem(answer, 424, problemOf(answer).code)
    expect(answer.headers['lp-error-from-transport']).toBe('TARGET_ADDRESS_REFUSED')
    expectSentence(answer.headers['lp-message-from-transport'])
    expect(await proxied(host)).toMatch(/^HTTP\/1\.1 424 .*\r\nlp-error-from-transport: TARGET_ADDRESS_REFUSED\r\n/is)
    expect(connections).toBe(0)
  })

  // What is compared has to be what is called: a host in another writing than its own is refused as a url.
  const disguised = [
    '2130706433',
    '0x7f.1',
    '0x7f000001',
    '017700000001',
    '0177.0.0.1',
    '127.1',
    '[::ffff:127.0.0.1]',
    '[::127.0.0.1]',
    '[0:0:0:0:0:0:0:1]',
  ]
  it.each(disguised)('refuses https://%s, which means loopback, and nothing connects', async (host) => {
    expectProblem(await forward(`https://${host}:${port}/`), 400, 'TARGET_URL_NOT_CANONICAL')
    expect(codeIn(await proxied(host))).toBe('TARGET_URL_NOT_CANONICAL')
    expect(connections).toBe(0)
  })

  it('refuses a mapped target as well, and does not look at its case or port', async () => {
    const identity = await (await createCa()).issue({ commonName: 'guarded' })
    const certificate = await tenant.saveCertificate('c1', identity)
    const url = `https://LOCALHOST:${port}/mapped`
    await tenant.map({ certificationId: certificate.id, serviceId: 'IDP', url, name: 'm1' })
    const answer = await forward(url)
    expect(answer.status).toBe(424)
    expect(answer.headers['lp-error-from-transport']).toBe('TARGET_ADDRESS_REFUSED')
    expect(connections).toBe(0)
  })

  it.each(addresses)('is foretold by an explanation of https://%s, by which nothing connects', async (host) => {
    const url = `https://${host}:${port}/foretold`
    const identity = await (await createCa()).issue({ commonName: 'foretold' })
    const { id } = await tenant.saveCertificate(`of ${host}`, identity)
    await tenant.map({ certificationId: id, serviceId: 'IDP', url, name: `to ${host}` })
    const { body } = await tenant.api.json('POST', tenant.path('mappings/explain'), { serviceName: 'IDP', url })
    const { headers } = await forward(url)
    expect(body).toMatchObject({
      targetAccess: {
        verdict: 'refused',
        code: headers['lp-error-from-transport'],
        explanation: headers['lp-message-from-transport'],
      },
    })
    expect(connections).toBe(0)
  })

  it.each(['127.0.0.1', 'localhost', '[::1]'])('refuses the P12 tester’s call to %s', async (host) => {
    const identity = await (await createCa()).issue({ commonName: 'guarded' })
    const answer = await tenant.api.multipart(
      'POST',
      tenant.path('p12-test/multipart'),
      { password: 'secret' },
      { file: { fileName: 'a.p12', content: makePkcs12({ identity, password: 'secret' }) } },
      { 'LP-forward-url': `https://${host}:${port}/` },
    )
    expect([200, 422, 424]).toContain(answer.status)
    expect(JSON.stringify(answer.body)).toContain('TARGET_ADDRESS_REFUSED')
    expect(connections).toBe(0)
  })
})

describe('the target guard with an allow list', () => {
  it('opens what the list names and nothing else', async () => {
    const system = await System.start({
      guarded: true,
      env: { TARGET_ALLOW_CIDRS: '127.0.0.1/32', TARGET_PORTS: '1,443' },
    })
    try {
      const tenant = await system.newTenant()
      const caller = await tenant.newCaller()
      const code = async (url: string) => {
        const answer = await caller.raw({ method: 'GET', path: tenant.forwardPath, headers: lp(url) })
        expect(answer.status).toBe(424)
        return answer.headers['lp-error-from-transport']
      }
      expect(await code('https://127.0.0.1:1/')).toBe('ECONNREFUSED')
      expect(await code('https://127.0.0.2:1/')).toBe('TARGET_ADDRESS_REFUSED')
      expect(await code('https://[::1]:1/')).toBe('TARGET_ADDRESS_REFUSED')
      expect(await code('https://127.0.0.1:2/')).toBe('TARGET_PORT_REFUSED')
      const foretold = async (url: string) => {
        const call = { serviceName: 'IDP', url }
        return (await tenant.api.json<Explanation>('POST', tenant.path('mappings/explain'), call)).body.targetAccess
      }
      expect(await foretold('https://127.0.0.1:1/')).toMatchObject({ verdict: 'allowed', code: null })
      expect(await foretold('https://[::1]:1/')).toMatchObject({ verdict: 'refused', code: 'TARGET_ADDRESS_REFUSED' })
      expect(await foretold('https://127.0.0.1:2/')).toMatchObject({ verdict: 'refused', code: 'TARGET_PORT_REFUSED' })
    } finally {
      await system.stop()
    }
  })
})
