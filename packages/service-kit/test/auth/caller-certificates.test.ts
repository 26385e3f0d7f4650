import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { CodedError, ServiceCatalogue } from '@mtls-gateway/domain'
import {
  createCa,
  element,
  extension,
  type IssuedCertificate,
  makeCertificate,
  named,
  pemOf,
  sequence,
  startRevocationAuthority,
  type TestCa,
  withTools,
} from '@mtls-gateway/test-kit'
import { Controller, Get, Req } from '@nestjs/common'
import { APP_GUARD, HttpAdapterHost } from '@nestjs/core'
import { RouteConfig } from '@nestjs/platform-fastify'
import {
  type AuthenticatedRequest,
  CallerCertificates,
  CredentialGuard,
  createLog,
  ServiceMetrics,
  TrustedProxies,
} from '../../src/index.ts'
import { TestLog } from '../support/test-log.ts'
import { startTestService, type TestService } from '../support/test-service.ts'

const itWithOpenssl = withTools(it, 'openssl')

const workload = 'spiffe://prod.example/ns/payments/sa/checkout'
const proxySecret = 'a-secret-of-thirty-two-characters'

let directory: string
let serviceCa: TestCa
let ca: TestCa
let service: TestService
let certificates: CallerCertificates
let metrics: ServiceMetrics
let log: TestLog
let agents: Agent[]

@Controller('of')
class GuardedController {
  @Get(':accountId')
  @RouteConfig({ credentials: { kinds: ['bearer'], scope: 'mtls:read' } })
  who(@Req() { principal }: AuthenticatedRequest): string {
    return `${principal.kind} ${principal.subject}`
  }
}

const file = (name: string) => join(directory, name)
const caFile = () => file('callers.pem')
const rulesFile = () => file('rules.json')

function writeRules(account = 'le1', matches = 'spiffe://prod.example/ns/payments/*'): Promise<void> {
  const rules = [{ when: { san: 'uri', matches }, accounts: [account], scopes: ['mtls:read'] }]
  return writeFile(rulesFile(), JSON.stringify({ rules }))
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'service-kit-'))
  ;[serviceCa, ca] = await Promise.all([createCa(), createCa({ name: 'callers' })])
  const own = await serviceCa.issue({ commonName: 'localhost' })
  await writeFile(file('tls.crt'), own.certificate)
  await writeFile(file('tls.key'), own.privateKey)
  await writeFile(caFile(), ca.certificate)
  await writeFile(file('proxy-secret'), proxySecret)
  await writeRules()
  agents = []
})

afterEach(async () => {
  for (const agent of agents) agent.destroy()
  certificates?.close()
  await service?.stop()
  await rm(directory, { recursive: true })
})

async function start(more: { readonly fromProxy?: boolean; readonly trusted?: readonly string[] } = {}): Promise<void> {
  const proxies = new TrustedProxies({
    trustedProxies: more.trusted ?? [],
    trustedProxySecretFile: file('proxy-secret'),
  })
  metrics = new ServiceMetrics('test')
  log = new TestLog()
  certificates = new CallerCertificates(
    {
      callerCaFile: caFile(),
      callerCertificateRulesFile: rulesFile(),
      callerCertificateFromProxy: more.fromProxy ?? false,
      services: new ServiceCatalogue(),
    },
    proxies,
    { log: createLog({ service: 'test', level: 'info', stream: log }), metrics, pollMs: 20 },
  )
  const bearer = {
    async verify(): Promise<never> {
      throw new CodedError('TOKEN_INVALID', 'The Bearer token is not accepted.')
    },
  }
  const oauth1 = { verify: () => Promise.reject(new TypeError('nobody signs here')) }
  service = await startTestService(
    {
      proxies,
      certificates,
      module: {
        module: class {},
        controllers: [GuardedController],
        providers: [
          {
            provide: APP_GUARD,
            inject: [HttpAdapterHost],
            useFactory: (adapterHost: HttpAdapterHost) =>
              new CredentialGuard({
                adapterHost,
                oauth1,
                bearer,
                certificates,
                addressOf: () => ({ protocol: 'https', host: undefined, publicBaseUrls: [] }),
                usage: { countAppKey: () => {} },
              }),
          },
        ],
      },
    },
    {
      TLS_CERT_FILE: file('tls.crt'),
      TLS_KEY_FILE: file('tls.key'),
      CALLER_CA_FILE: caFile(),
      CALLER_CERTIFICATE_RULES_FILE: rulesFile(),
    },
  )
}

/** A caller that keeps its connection. */
function caller(
  shown?: IssuedCertificate,
  { url = service.url, ...more }: { readonly maxVersion?: 'TLSv1.2'; readonly url?: string } = {},
) {
  const identity = shown && {
    cert: [shown.certificate, ...shown.chain.slice(0, -1)].join(''),
    key: shown.privateKey,
  }
  const agent = new Agent({
    keepAlive: true,
    maxSockets: 1,
    checkServerIdentity: () => undefined,
    ca: serviceCa.certificate,
    servername: 'localhost',
    ...identity,
    ...more,
  })
  agents.push(agent)
  return async (headers: Readonly<Record<string, string | string[]>> = {}, account = 'le1') => {
    const call = request(`${url}/of/${account}`, { agent, headers }).end()
    const [answer] = (await once(call, 'response')) as [IncomingMessage]
    const body = await text(answer)
    const isProblem = answer.headers['content-type']?.startsWith('application/problem+json')
    const { code, detail, accepted } = isProblem ? JSON.parse(body) : { code: body, detail: '', accepted: undefined }
    return { status: answer.statusCode, code, detail, accepted, headers: answer.headers, isReused: call.reusedSocket }
  }
}

/** Passes on what the service sends, and of a caller only its first words until it is released. */
async function startRelay() {
  const { promise: began, resolve: begin } = Promise.withResolvers<void>()
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  const { hostname, port } = new URL(service.url)
  const server = createServer((from) => {
    const to = connect(Number(port), hostname)
    to.on('error', () => from.destroy()).pipe(from)
    from.on('error', () => to.destroy())
    from.once('data', (hello) => {
      from.pause()
      to.write(hello)
      begin()
      void released.then(() => from.pipe(to))
    })
  })
  await once(server.listen(0, hostname), 'listening')
  const { port: own } = server.address() as AddressInfo
  return { url: `https://${hostname}:${own}`, began, release, close: () => void server.close() }
}

const keyPairOn = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve })
const issue = (more: object = {}) => ca.issue({ commonName: 'checkout', uris: [workload], ...more })
const accepted = { status: 200, code: `certificate ${workload}` }
const refused = { status: 401, code: 'CALLER_CERTIFICATE_INVALID' }
const missing = { status: 401, code: 'CREDENTIALS_MISSING' }

/** Until what a file says is in use. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await delay(20)
}

describe('a service that asks callers for certificates', () => {
  it('knows a caller by its certificate, and others go on without one', async () => {
    await start()
    const call = caller(await issue())
    expect(await call()).toMatchObject(accepted)
    expect(await call()).toMatchObject({ ...accepted, isReused: true })
    expect(await call({}, 'le2')).toMatchObject({ status: 403, code: 'WRONG_ACCOUNT' })
    const without = await caller()()
    expect(without).toMatchObject({ ...missing, accepted: ['bearer', 'certificate'] })
    expect(without.detail).toContain('client certificate')
    expect(without.headers['www-authenticate']).toMatch(/^Bearer /)
  })

  it('takes a certificate of an intermediate CA', async () => {
    await start()
    const intermediate = await ca.createIntermediate('in between')
    expect(await caller(await intermediate.issue({ commonName: 'checkout', uris: [workload] }))()).toMatchObject(
      accepted,
    )
  })

  it.each([
    ['of another CA', async () => (await createCa({ name: 'callers' })).issue({ commonName: 'x', uris: [workload] })],
    ['that has expired', () => issue({ notAfter: new Date(Date.now() - 60_000) })],
    ['that is not valid yet', () => issue({ notBefore: new Date(Date.now() + 3_600_000) })],
    ['for servers', () => issue({ extendedKeyUsage: ['serverAuth'] })],
    ['that no rule matches', () => issue({ uris: ['spiffe://prod.example/ns/other/sa/checkout'] })],
  ])('refuses a certificate %s', async (_, made) => {
    await start()
    const shown = await made()
    expect(await caller(shown)()).toMatchObject(refused)
    expect(await caller(shown, { maxVersion: 'TLSv1.2' })()).toMatchObject(refused)
  })

  it.each([
    ['of a stranger', false, 'no CA that this gateway trusts'],
    ['of a CA that it trusts', true, 'an EC key on a curve that is not taken'],
  ])('survives a certificate %s whose key Node cannot describe', async (_, isTrusted, because) => {
    const [root, leaf] = [keyPairOn('P-256'), keyPairOn('brainpoolP256r1')]
    const issued = (subject: string, { publicKey }: typeof root, of: Buffer) => {
      const key = publicKey.export({ type: 'spki', format: 'der' })
      const made = { subject: named(subject), issuer: named('root'), publicKey: key, extensions: [of] }
      return pemOf(makeCertificate({ ...made, signer: root.privateKey }))
    }
    const isCa = extension('551d13', sequence(element(0x01, Buffer.of(0xff))))
    if (isTrusted) await writeFile(caFile(), issued('root', root, isCa))
    await start()
    const shown = {
      certificate: issued('leaf', leaf, extension('551d11', sequence(element(0x86, Buffer.from(workload))))),
      chain: [],
      privateKey: leaf.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      fingerprintSha256: '',
    }
    expect(await caller(shown)()).toMatchObject({ ...refused, detail: expect.stringContaining(because) })
    expect(await caller(await issue())()).toMatchObject(isTrusted ? refused : accepted)
  })

  it('looks at the Authorization of a request first', async () => {
    await start()
    expect(await caller(await issue())({ authorization: 'Bearer bad' })).toMatchObject({
      status: 401,
      code: 'TOKEN_INVALID',
    })
    const other = await (await createCa()).issue({ commonName: 'x' })
    expect(await caller(other)({ authorization: 'Bearer bad' })).toMatchObject({ status: 401, code: 'TOKEN_INVALID' })
  })

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('knows who resumes a session of %s', async (maxVersion) => {
    await start()
    for (const [shown, expected] of [
      [await issue(), accepted],
      // Node says of such a connection, which has shown none, that it is authorized.
      [undefined, missing],
    ] as const) {
      const identity = shown && { cert: shown.certificate, key: shown.privateKey }
      const agent = new Agent({
        checkServerIdentity: () => undefined,
        ca: serviceCa.certificate,
        servername: 'localhost',
        maxVersion,
        ...identity,
      })
      agents.push(agent)
      const isResumed: boolean[] = []
      for (const _ of [1, 2, 3]) {
        const call = request(`${service.url}/of/le1`, { agent }).end()
        const [answer] = (await once(call, 'response')) as [IncomingMessage]
        const { socket } = answer as IncomingMessage & { readonly socket: { isSessionReused(): boolean } }
        isResumed.push(socket.isSessionReused())
        expect(answer.statusCode).toBe(expected.status)
        expect(await text(answer)).toContain(expected.code)
      }
      expect(isResumed.at(-1)).toBe(true)
    }
  })

  it('refuses a certificate that expires while its connection lives', async () => {
    await start()
    const notAfter = new Date(Math.ceil(Date.now() / 1_000) * 1_000 + 2_000)
    const call = caller(await issue({ notAfter }))
    expect(await call()).toMatchObject(accepted)
    await delay(notAfter.getTime() - Date.now() + 10)
    expect(await call()).toMatchObject({ ...refused, isReused: true, detail: expect.stringContaining('expired') })
  })

  it('follows its rules on open connections', async () => {
    await start()
    const call = caller(await issue())
    expect(await call()).toMatchObject(accepted)
    await writeRules('le2')
    await until(async () => (await call({}, 'le2')).status === 200)
    expect(await call()).toMatchObject({ status: 403, isReused: true })
    await writeRules('le2', 'spiffe://prod.example/ns/other/*')
    await until(async () => (await call({}, 'le2')).status === 401)
  })

  it('follows its CAs: a new one beside the old disturbs nobody, and one that is gone vouches for nobody', async () => {
    await start()
    const next = await createCa({ name: 'next' })
    const ofNext = await next.issue({ commonName: 'checkout', uris: [workload] })
    const [idle, call] = [caller(await issue()), caller(await issue())]
    for (const each of [idle, call]) expect(await each()).toMatchObject(accepted)
    expect(await caller(ofNext)()).toMatchObject(refused)
    await writeFile(caFile(), ca.certificate + next.certificate)
    await until(async () => (await caller(ofNext)()).status === 200)
    // Its connection is from before: it is the last call on it, so that all are verified by the CAs of now.
    expect(await call()).toMatchObject({ ...accepted, isReused: true, headers: { connection: 'close' } })
    expect(await call()).toMatchObject({ ...accepted, isReused: false, headers: { connection: 'keep-alive' } })
    await writeFile(caFile(), next.certificate)
    await until(async () => (await caller(await issue())()).status === 401)
    for (const each of [idle, call]) expect(await each()).toMatchObject({ ...refused, isReused: true })
    expect(await call()).toMatchObject({ ...refused, isReused: false })
  })

  it('knows by which CAs a connection was verified, also if they change during its handshake', async () => {
    await start()
    const relay = await startRelay()
    try {
      const next = await createCa({ name: 'next' })
      const call = caller(await issue(), { url: relay.url })
      const calling = call()
      await relay.began
      await writeFile(caFile(), next.certificate)
      await until(async () => (await caller(await issue())()).status === 401)
      relay.release()
      expect(await calling).toMatchObject(refused)
    } finally {
      relay.close()
    }
  })

  it('knows a caller by none if a page of another site had a browser show it', async () => {
    await start()
    const call = caller(await issue())
    for (const site of ['cross-site', 'same-site', 'same-origin, cross-site']) {
      const answer = await call({ 'sec-fetch-site': site })
      expect(answer).toMatchObject({ ...refused, detail: expect.stringContaining('another site') })
      expect(await caller()({ 'sec-fetch-site': site })).toMatchObject(missing)
    }
    for (const site of ['same-origin', 'none']) expect(await call({ 'sec-fetch-site': site })).toMatchObject(accepted)
  })

  it('keeps what is in use while a file has a fault, and says so', async () => {
    await start()
    const call = caller(await issue())
    const failed = async () => (await metrics.registry.metrics()).includes('\ncaller_certificates_reload_failed 1\n')
    for (const [path, good] of [
      [rulesFile(), undefined],
      [caFile(), ca.certificate],
    ] as const) {
      await writeFile(path, 'half of')
      await until(failed)
      expect(await call()).toMatchObject(accepted)
      await (good === undefined ? writeRules() : writeFile(path, good))
      await until(async () => !(await failed()))
    }
    await log.line({ event: 'caller-certificates-reload-failed' })
  })

  itWithOpenssl('refuses a certificate that a list in the file revokes', async () => {
    const authority = await startRevocationAuthority(ca)
    try {
      const [good, revoked] = [await issue(), await issue({ commonName: 'revoked' })]
      await authority.know(good.certificate, revoked.certificate)
      await authority.revoke(revoked.certificate)
      const lines = (await authority.crl()).toString('base64').match(/.{1,64}/g) ?? []
      await start()
      const call = caller(revoked)
      expect(await call()).toMatchObject(accepted)
      const pem = `-----BEGIN X509 CRL-----\n${lines.join('\n')}\n-----END X509 CRL-----\n`
      await writeFile(caFile(), ca.certificate + pem)
      await until(async () => (await caller(revoked)()).status === 401)
      expect(await caller(good)()).toMatchObject(accepted)
      // What is known of its connection is from before; it closes.
      await call()
      expect(await call()).toMatchObject(refused)
    } finally {
      await authority.close()
    }
  })
})

describe('a certificate that a proxy passes on', () => {
  const bySecret = { 'x-proxy-secret': proxySecret }
  const asPem = ({ certificate }: IssuedCertificate) => encodeURIComponent(certificate)
  const asBytes = ({ certificate }: IssuedCertificate) => `:${new X509Certificate(certificate).raw.toString('base64')}:`

  it('is that of the caller, as nginx and as RFC 9440 write it', async () => {
    await start({ fromProxy: true })
    const shown = await issue()
    for (const field of [asPem(shown), asBytes(shown), asPem(shown)]) {
      expect(await caller()({ ...bySecret, 'client-cert': field })).toMatchObject(accepted)
    }
  })

  it('means nothing without the secret, or unless the service is told so', async () => {
    await start({ fromProxy: true })
    const headers = { 'client-cert': asPem(await issue()) }
    expect(await caller()(headers)).toMatchObject(missing)
    expect(await caller()({ ...headers, 'x-proxy-secret': `${proxySecret}.` })).toMatchObject(missing)
    await service.stop()
    await start()
    expect(await caller()({ ...headers, ...bySecret })).toMatchObject(missing)
  })

  it('may come from the address of a proxy, whose own certificate is nobody’s', async () => {
    await start({ fromProxy: true, trusted: ['127.0.0.1'] })
    const proxy = caller(await issue())
    expect(await proxy()).toMatchObject(missing)
    const other = await issue({ uris: ['spiffe://prod.example/ns/payments/sa/other'] })
    expect(await proxy({ 'client-cert': asPem(other) })).toMatchObject({
      status: 200,
      code: expect.stringContaining('other'),
    })
  })

  it.each([
    ['two headers', (shown: string) => [shown, shown]],
    ['two certificates', (shown: string) => shown + shown],
    ['half of it', (shown: string) => shown.slice(0, 400)],
    ['no certificate', () => 'none'],
    ['a broken escape', (shown: string) => `${shown}%`],
    ['bytes that are none', () => ':AAAA:'],
  ])('is refused as %s', async (_, field) => {
    await start({ fromProxy: true })
    expect(await caller()({ ...bySecret, 'client-cert': field(asPem(await issue())) })).toMatchObject(refused)
  })

  it('is refused once it has expired', async () => {
    await start({ fromProxy: true })
    const shown = await issue({ notAfter: new Date(Date.now() - 1_000) })
    expect(await caller()({ ...bySecret, 'client-cert': asPem(shown) })).toMatchObject(refused)
  })
})

describe('a file of CAs', () => {
  it.each([
    ['without a certificate', async () => 'none'],
    ['with a certificate that is no CA', async () => (await issue()).certificate],
    ['without a root', async () => (await ca.createIntermediate('in between')).certificate],
    ['with a broken list', async () => `${ca.certificate}-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n`],
    ['with a private key', async () => ca.certificate + ca.privateKey],
  ])('%s is refused at the start', async (_, content) => {
    await writeFile(caFile(), await content())
    const configuration = {
      callerCaFile: caFile(),
      callerCertificateRulesFile: rulesFile(),
      callerCertificateFromProxy: false,
      services: new ServiceCatalogue(),
    }
    const proxies = new TrustedProxies({ trustedProxies: [], trustedProxySecretFile: undefined })
    expect(() => new CallerCertificates(configuration, proxies)).toThrow(/^CALLER_CA_FILE \(/)
  })
})
