import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createConfigApiClient, gatewayFetch } from '@mtls-gateway/client'
import {
  ApiClient,
  type ApiClientOptions,
  createCa,
  type IssuedCertificate,
  startTestTarget,
  type TestCa,
  type TestTarget,
  withTools,
} from '@mtls-gateway/test-kit'
import { Agent, fetch as fetchOfUndici } from 'undici'
import { CliUser } from '../support/cli-user.ts'
import { type EdgeService, startEdge } from '../support/edge.ts'
import { eventually } from '../support/eventually.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { System } from '../support/system.ts'
import { lp, newAccountId, Tenant } from '../support/tenant.ts'

const checkout = 'spiffe://prod.example/ns/payments/sa/checkout'
const secret = 'a-secret-of-thirty-two-characters'
const account = newAccountId()

const rules = [
  { when: { san: 'uri', matches: checkout }, accounts: [account], scopes: ['forward'] },
  {
    when: { san: 'uri', matches: 'spiffe://prod.example/ns/payments/*' },
    accounts: [account],
    scopes: ['forward', 'mtls:read'],
    services: ['WEBHOOKS'],
  },
  {
    when: { san: 'dns', matches: '*.ops.example' },
    accounts: [account],
    scopes: ['mtls:read', 'mtls:write', 'forward'],
  },
]

let folder: string
let serviceCa: TestCa
let ca: TestCa
let target: TestTarget
const shown = {} as Record<'checkout' | 'webhooks' | 'ops' | 'stranger', IssuedCertificate>

const inFolder = (name: string) => join(folder, name)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mtls-gateway-e2e-'))
  ;[serviceCa, ca] = await Promise.all([createCa(), createCa({ name: 'callers' })])
  target = await startTestTarget({ handler: ({ rawHeaders }, response) => void response.end(rawHeaders.join('\n')) })
  const own = await serviceCa.issue({ commonName: 'service', dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] })
  await writeFile(inFolder('tls.crt'), own.certificate)
  await writeFile(inFolder('tls.key'), own.privateKey)
  await writeFile(inFolder('callers.pem'), ca.certificate)
  await writeFile(inFolder('rules.json'), JSON.stringify({ rules }))
  await writeFile(inFolder('secret'), secret)
  const named = (uri: string) => ca.issue({ commonName: 'workload', uris: [uri] })
  shown.checkout = await named(checkout)
  shown.webhooks = await named('spiffe://prod.example/ns/payments/sa/webhooks')
  shown.ops = await ca.issue({ commonName: 'ops', dnsNames: ['a.ops.example'] })
  shown.stranger = await (await createCa({ name: 'callers' })).issue({ commonName: 'x', uris: [checkout] })
})

afterAll(async () => {
  await target?.close()
  await rm(folder, { recursive: true })
})

const pemOf = ({ certificate, privateKey }: IssuedCertificate) => ({ cert: certificate, key: privateKey })

describe('with CALLER_CA_FILE', () => {
  let system: System
  let certificationId: number
  let baseUrl: string
  beforeAll(async () => {
    const env = {
      TLS_CERT_FILE: inFolder('tls.crt'),
      TLS_KEY_FILE: inFolder('tls.key'),
      CALLER_CA_FILE: inFolder('callers.pem'),
      CALLER_CERTIFICATE_RULES_FILE: inFolder('rules.json'),
    }
    system = await System.start({ targets: [target], env })
    const tenant = new Tenant(system, account, system.toConfigApi(as(undefined, await system.token())))
    const onboarded = await tenant.onboard(await target.clientCa.issue({ commonName: 'forwarded' }), `${target.url}/*`)
    certificationId = onboarded.certificate.id
    baseUrl = tenant.pathTo(onboarded.mapping)
  })
  afterAll(() => system?.stop())

  function as(who: keyof typeof shown | undefined, bearer?: string): Omit<ApiClientOptions, 'baseUrl'> {
    const clientCertificate = who && pemOf(shown[who])
    return { ca: serviceCa.certificate, ...(clientCertificate && { clientCertificate }), ...(bearer && { bearer }) }
  }
  const forward = (who: keyof typeof shown | undefined, headers = lp(`${target.url}/`)) =>
    system.toForwarderApi(as(who)).raw({ method: 'GET', path: `/mtls/account/${account}`, headers })
  const list = (who: keyof typeof shown | undefined, id = account) =>
    system.toConfigApi(as(who)).json('GET', `/mtls/account/${id}/certificates`)

  it('a program calls by its certificate, for what its rule says', async () => {
    expect((await forward('checkout')).status).toBe(200)
    expectProblem(await list('checkout'), 403, 'SCOPE_MISSING')
    expect((await list('webhooks')).status).toBe(200)
    expectProblem(await list('webhooks', newAccountId()), 403, 'WRONG_ACCOUNT')
    expectProblem(await forward('webhooks'), 403, 'SERVICE_NOT_ALLOWED')
    const { body } = await system.toConfigApi(as('webhooks')).json('GET', '/mtls/me')
    expect(body).toMatchObject({
      kind: 'certificate',
      subject: 'spiffe://prod.example/ns/payments/sa/webhooks',
      services: ['WEBHOOKS'],
    })
  })

  it('so does one that knows only a base url', async () => {
    const call = (who: keyof typeof shown | undefined) =>
      system.toForwarderApi(as(who)).raw({ method: 'GET', path: `${baseUrl}/accounts?limit=10` })
    expect((await call('checkout')).status).toBe(200)
    expectProblem(await call(undefined), 401, 'CREDENTIALS_MISSING')
  })

  it('one without a certificate, or with one of another CA, is refused and told why', async () => {
    for (const call of [forward, list]) {
      expectProblem(await call(undefined), 401, 'CREDENTIALS_MISSING')
      const { detail } = expectProblem(await call('stranger'), 401, 'CALLER_CERTIFICATE_INVALID')
      expect(detail).toContain('no CA that this gateway trusts for callers')
    }
  })

  it('what it changes is in the audit trail under its name, and what it is refused in the log', async () => {
    const client = system.toConfigApi(as('ops'))
    const made = await client.json('POST', `/mtls/account/${account}/mappings`, [
      { url: 'https://audited.example/*', serviceId: 'IDP', certificationId, name: 'audited', enable: true },
    ])
    expect(made.status).toBe(201)
    const admin = system.toConfigApi(as(undefined, await system.token()))
    const { body } = await admin.json<readonly { actor: string }[]>('GET', `/mtls/account/${account}/audit?limit=1`)
    expect(body[0]?.actor).toBe('dns:a.ops.example')
    await list('checkout')
    await eventually(
      async () => system.configApi.output,
      (output) => output.includes(`"caller":"${checkout}"`),
    )
  })

  it('neither its certificate nor a header that looks like one goes to the target', async () => {
    const headers = {
      ...lp(`${target.url}/`),
      'Client-Cert': ':AAAA:',
      client_cert: 'x',
      'Client-Cert-Chain': ':AAAA:',
    }
    const { status, body } = await forward('checkout', headers)
    expect(status).toBe(200)
    expect(body.toString()).not.toMatch(/client.cert/i)
  })

  it('the client shows it, in operations and in calls', async () => {
    const { cert, key } = pemOf(shown.ops)
    const dispatcher = new Agent({ connect: { ca: serviceCa.certificate, cert, key } })
    // The platform's fetch has no option for it.
    const fetch = ((url, init) =>
      fetchOfUndici(url as string, { ...init, dispatcher } as never)) as typeof globalThis.fetch
    const clientCertificate = true
    try {
      const client = createConfigApiClient({
        baseUrl: system.configApi.url,
        accountId: account,
        clientCertificate,
        fetch,
      })
      expect((await client.whoAmI()).body).toMatchObject({ kind: 'certificate' })
      const call = gatewayFetch({ forwarder: system.forwarderApi.url, account, clientCertificate, fetch })
      const answer = await call(`${target.url}/`, { headers: { authorization: 'Bearer of-the-target' } })
      expect(await answer.text()).toContain('Bearer of-the-target')
    } finally {
      await dispatcher.close()
    }
  })

  it('the command line shows it', async () => {
    const user = await CliUser.create(system)
    const { cert, key } = pemOf(shown.ops)
    const files = [await user.file('client.pem', cert), await user.file('client.key', key)] as const
    const env = {
      NODE_EXTRA_CA_CERTS: await user.file('ca.pem', serviceCa.certificate),
      MTLS_ACCOUNT: account,
      MTLS_CONFIG_API: system.configApi.url,
      MTLS_FORWARDER_API: system.forwarderApi.url,
    }
    const byOptions = ['--client-cert', files[0], '--client-key', files[1]]
    const me = await user.mtls(['whoami', ...byOptions], { env })
    expect(me).toMatchObject({ code: 0, stdout: expect.stringMatching(/dns:a\.ops\.example[\s\S]*client certificate/) })
    const byEnvironment = { ...env, MTLS_CLIENT_CERT: files[0], MTLS_CLIENT_KEY: files[1] }
    const forwarded = await user.mtls(['forward', '--url', `${target.url}/`], { env: byEnvironment })
    expect(forwarded).toMatchObject({ code: 0, stderr: expect.stringMatching(/^200 OK/) })
    const half = await user.mtls(['whoami', '--client-cert', files[0]], { env })
    expect(half).toMatchObject({ code: 2, stderr: expect.stringContaining('--client-key') })
    const none = await user.mtls(['whoami', '--client-cert', files[1], '--client-key', files[1]], { env })
    expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining('no certificate and its key') })
  })
})

withTools(describe, 'nginx')('behind the shipped nginx', () => {
  const opened = new AsyncDisposableStack()
  let system: System
  let urls: { readonly configApi: string; readonly forwarderApi: string; readonly ca: string }
  beforeAll(async () => {
    const env = {
      TRUSTED_PROXY_SECRET_FILE: inFolder('secret'),
      CALLER_CERTIFICATE_FROM_PROXY: 'true',
      CALLER_CERTIFICATE_RULES_FILE: inFolder('rules.json'),
    }
    system = await System.start({ targets: [target], env })
    const tenant = await system.newTenant(account)
    await tenant.onboard(await target.clientCa.issue({ commonName: 'forwarded' }), `${target.url}/*`)
    const service = ({ url }: { readonly url: string }): EdgeService => {
      const { hostname, port } = new URL(url)
      return { addresses: [hostname], port: Number(port) }
    }
    const { configApi, forwarderApi } = system
    const mapOfCertificate = 'map $ssl_client_verify'
    urls = await startEdge(opened, { configApi: service(configApi), forwarderApi: service(forwarderApi) }, [
      ['# ssl_client_certificate /tls/callers.crt', `ssl_client_certificate ${inFolder('callers.pem')}`],
      ['# ssl_verify_client', 'ssl_verify_client'],
      ['# ssl_verify_depth', 'ssl_verify_depth'],
      [mapOfCertificate, `proxy_set_header X-Proxy-Secret "${secret}";\n  ${mapOfCertificate}`],
    ])
  })
  afterAll(async () => {
    await opened.disposeAsync()
    await system?.stop()
  })

  const path = `/mtls/account/${account}`
  const forward = (who: IssuedCertificate | undefined, more: Record<string, string> = {}) =>
    system
      .toForwarderApi(
        { ca: urls.ca, ...(who && { clientCertificate: pemOf(who) }) },
        { url: urls.forwarderApi, managementUrl: '' },
      )
      .raw({ method: 'GET', path, headers: { ...lp(`${target.url}/`), ...more } })

  it('a program calls by the certificate that nginx has verified', async () => {
    const { status, body } = await forward(shown.checkout)
    expect(status).toBe(200)
    expect(body.toString()).not.toMatch(/client.cert|proxy.secret/i)
  })

  it('one of an intermediate CA, too', async () => {
    const intermediate = await ca.createIntermediate('in between')
    const { certificate, chain, privateKey } = await intermediate.issue({ commonName: 'w', uris: [checkout] })
    const all = { certificate: certificate + chain[0], chain, privateKey, fingerprintSha256: '' }
    expect((await forward(all)).status).toBe(200)
  })

  it('nobody is believed who writes the header, through nginx or around it', async () => {
    const field = encodeURIComponent(shown.checkout.certificate)
    for (const name of ['client-cert', 'Client-Cert']) {
      expectProblem(await forward(undefined, { [name]: field }), 401, 'CREDENTIALS_MISSING')
      expectProblem(await forward(shown.webhooks, { [name]: field }), 403, 'SERVICE_NOT_ALLOWED')
    }
    const around = system.toForwarderApi()
    const headers = { ...lp(`${target.url}/`), 'client-cert': field, 'x-proxy-secret': 'guessed' }
    expectProblem(await around.raw({ method: 'GET', path, headers }), 401, 'CREDENTIALS_MISSING')
  })

  it('nginx refuses a certificate that it cannot verify, as the services do', async () => {
    const expired = await ca.issue({ commonName: 'w', uris: [checkout], notAfter: new Date(Date.now() - 60_000) })
    for (const who of [shown.stranger, expired]) {
      // nginx does not know the ids of requests, which the answers of services have.
      const client = new ApiClient({ baseUrl: urls.forwarderApi, ca: urls.ca, clientCertificate: pemOf(who) })
      opened.defer(() => client.close())
      const refused = await client.raw({ method: 'GET', path })
      expectProblem(refused, 401, 'CALLER_CERTIFICATE_INVALID')
      expect(refused.headers['lp-answered-by']).toBe('gateway')
    }
  })
})
