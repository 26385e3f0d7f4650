import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  type LocalServer,
  serve,
  startTestTarget,
  startTokenIssuer,
  type TestTarget,
  type TokenIssuer,
} from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { System } from '../support/system.ts'
import { lp, newAccountId, Tenant } from '../support/tenant.ts'

const cluster = 'https://kubernetes.default.svc.cluster.local'
const elsewhere = 'https://elsewhere.example'

describe('with TOKEN_ISSUERS_FILE', () => {
  let folder: string
  let file: string
  let kubernetes: TokenIssuer
  let login: TokenIssuer
  /** Whoever asks it for keys waits. */
  let hanging: LocalServer
  let target: TestTarget
  let system: System
  const account = newAccountId()
  const later = newAccountId()

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mtls-gateway-e2e-'))
    file = join(folder, 'token-issuers.json')
    ;[kubernetes, login, hanging] = await Promise.all([startTokenIssuer(), startTokenIssuer(), serve(() => {})])
    target = await startTestTarget({ requireClientCertificate: false })
    await write([account])
    const env = { ...login.env, TOKEN_ISSUERS_FILE: file }
    system = await System.start({ targets: [target], env, forwarderApiEnv: { FORWARD_ACCEPTS: 'oauth1,bearer' } })
    const bearer = login.jwt({ accounts: [account], scope: 'mtls:write' })
    const tenant = new Tenant(system, account, system.toConfigApi({ bearer }))
    const { id: certificationId } = await tenant.saveCertificate('c1', await target.clientCa.issue({ commonName: 'x' }))
    for (const [name, serviceId] of Object.entries({ 'of-webhooks': 'WEBHOOKS', 'of-faas': 'FAAS' })) {
      await tenant.map({ certificationId, serviceId, url: `${target.url}/${name}`, name })
    }
  })

  afterAll(async () => {
    await system?.stop()
    await Promise.all([target, kubernetes, login, hanging].map((each) => each?.close()))
    await rm(folder, { recursive: true })
  })

  async function write(accounts: readonly string[], ...others: object[]): Promise<void> {
    const rules = [
      {
        when: { claim: ['kubernetes.io', 'serviceaccount', 'name'], matches: 'checkout*' },
        accounts,
        scopes: ['forward'],
      },
      {
        when: { claim: 'sub', matches: 'system:serviceaccount:payments:of-idp' },
        accounts,
        scopes: ['forward', 'mtls:read'],
        services: ['IDP'],
      },
      {
        when: { claim: 'sub', matches: 'system:serviceaccount:payments:of-two' },
        accounts,
        scopes: ['forward'],
        services: ['IDP', 'WEBHOOKS'],
      },
    ]
    const { audience, jwksUrl } = kubernetes
    const { url } = hanging
    const issuers = [
      { issuer: cluster, jwksUrl, audience, rules },
      { issuer: elsewhere, jwksUrl: `${url}/jwks`, audience, rules },
      ...others,
    ]
    await writeFile(file, JSON.stringify({ issuers }))
  }

  function serviceAccount(name: string, iss = cluster): string {
    const sub = `system:serviceaccount:payments:${name}`
    const aud = [cluster, kubernetes.audience]
    return kubernetes.jwt({ iss, sub, aud, 'kubernetes.io': { namespace: 'payments', serviceaccount: { name } } })
  }
  const checkout = () => serviceAccount('checkout')

  const list = (bearer: string, id = account) => {
    return system.toConfigApi({ bearer }).json('GET', `/mtls/account/${id}/certificates`)
  }
  const check = (bearer: string) => {
    const entry = { serviceName: 'IDP', accountId: account, url: `${target.url}/` }
    return system.toForwarderApi({ bearer }).json('POST', '/mtls/mapping?v=2', [entry])
  }
  const forward = (bearer: string, id = account, headers: Record<string, string> = lp(`${target.url}/`)) => {
    return system.toForwarderApi({ bearer }).raw({ method: 'GET', path: `/mtls/account/${id}`, headers })
  }

  it('a Kubernetes service account calls with the token that it has', async () => {
    expect((await forward(checkout())).status).toBe(200)
    // The rule gives it nothing else.
    expectProblem(await list(checkout()), 403, 'SCOPE_MISSING')
  })

  it('tokens that no rule matches are refused', async () => {
    for (const call of [check, list]) {
      const refused = expectProblem(await call(serviceAccount('other')), 401, 'TOKEN_INVALID')
      expect(refused.detail).toContain('no rule')
    }
  })

  it('a token that is limited to services calls as these alone', async () => {
    const as = (name: string, service: string | undefined, path = '/') => {
      const url = `${target.url}${path}`
      return forward(
        serviceAccount(name),
        account,
        service === undefined ? { 'LP-forward-url': url } : lp(url, service),
      )
    }
    expect((await as('of-idp', 'IDP')).status).toBe(200)
    // The only one that it may call as.
    expect((await as('of-idp', undefined)).status).toBe(200)
    expect((await as('of-two', 'WEBHOOKS')).status).toBe(200)
    for (const [name, service] of [
      ['of-idp', 'WEBHOOKS'],
      ['of-two', 'FAAS'],
      ['of-two', undefined],
    ] as const) {
      const { services } = expectProblem(await as(name, service), 403, 'SERVICE_NOT_ALLOWED')
      expect(services).toEqual(name === 'of-idp' ? ['IDP'] : ['IDP', 'WEBHOOKS'])
    }
    // The service of its mapping counts where a call names none.
    expect((await as('of-two', undefined, '/of-webhooks')).status).toBe(200)
    expectProblem(await as('of-two', undefined, '/of-faas'), 403, 'SERVICE_NOT_ALLOWED')
    const { body } = await system.toConfigApi({ bearer: serviceAccount('of-idp') }).json('GET', '/mtls/me')
    expect(body).toMatchObject({ services: ['IDP'] })
  })

  it('the issuer of the settings is one more', async () => {
    const token = login.jwt({ accounts: [account], scope: 'mtls:read' })
    expect((await list(token)).status).toBe(200)
  })

  it('no issuer signs for another', async () => {
    for (const call of [check, list]) {
      expectProblem(await call(login.jwt({ iss: cluster })), 401, 'TOKEN_INVALID')
      const claims = { iss: login.issuer, aud: login.audience, accounts: '*', scope: 'mtls:read forward' }
      expectProblem(await call(kubernetes.jwt(claims)), 401, 'TOKEN_INVALID')
    }
  })

  it('an issuer that hangs holds up its own tokens alone', async () => {
    const waiting = [check, list].map((call) => call(serviceAccount('checkout', elsewhere)))
    expect((await forward(checkout())).status).toBe(200)
    for (const answer of waiting) expectProblem(await answer, 503, 'TOKEN_ISSUER_UNAVAILABLE')
  })

  it('operators see the issuers, their rules, and how fetching their keys went; others do not', async () => {
    const see = (accounts: unknown, scope = 'mtls:admin') =>
      system.toConfigApi({ bearer: login.jwt({ accounts, scope }) }).json('GET', '/mtls/token-issuers')
    expect((await list(serviceAccount('of-idp'))).status).toBe(200)
    await list(serviceAccount('of-idp', elsewhere))
    const { status, body } = await see('*')
    expect(status).toBe(200)
    const { audience, jwksUrl } = kubernetes
    const rule = (name: string) => ({
      when: [{ claim: ['sub'], matches: `system:serviceaccount:payments:${name}` }],
      accounts: [account],
    })
    const rules = [
      {
        when: [{ claim: ['kubernetes.io', 'serviceaccount', 'name'], matches: 'checkout*' }],
        accounts: [account],
        scopes: ['forward'],
      },
      { ...rule('of-idp'), scopes: ['mtls:read', 'forward'], services: ['IDP'] },
      { ...rule('of-two'), scopes: ['forward'], services: ['IDP', 'WEBHOOKS'] },
    ]
    const ofFile = { audience: [audience], algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'], rules }
    const fetchedAt = expect.stringMatching(/Z$/)
    expect(body).toEqual({
      issuers: [
        {
          ...{ ...ofFile, issuer: login.issuer, audience: [login.audience] },
          keys: { from: 'url', url: login.jwksUrl, fetchedAt, fault: null },
          rules: [{ when: [], accountsClaim: ['accounts'], scopeClaim: ['scope'] }],
        },
        { ...ofFile, issuer: cluster, keys: { from: 'url', url: jwksUrl, fetchedAt, fault: null } },
        {
          ...{ ...ofFile, issuer: elsewhere },
          keys: {
            from: 'url',
            url: `${hanging.url}/jwks`,
            fetchedAt: null,
            fault: expect.stringContaining('no answer'),
          },
        },
      ],
      fileFault: null,
      otherTokens: 'refused',
    })
    expectProblem(await see([account]), 403, 'WRONG_ACCOUNT')
    expectProblem(await see('*', 'mtls:write'), 403, 'SCOPE_MISSING')
  })

  it('a change of the file needs no restart, and a fault in it changes nothing', async () => {
    expectProblem(await forward(checkout(), later), 403, 'WRONG_ACCOUNT')
    await write([account, later])
    await eventually(
      () => forward(checkout(), later),
      ({ status }) => status === 200,
    )
    await write([account], { issuer: cluster })
    for (const service of ['configApi', 'forwarderApi'] as const) {
      const metrics = async () => (await fetch(`${system[service].managementUrl}/metrics`)).text()
      await eventually(metrics, (text) => text.includes('\ntoken_issuers_reload_failed 1\n'))
    }
    expect((await forward(checkout(), later)).status).toBe(200)
    const operator = system.toConfigApi({ bearer: login.jwt({ accounts: '*', scope: 'mtls:admin' }) })
    const { body } = await operator.json('GET', '/mtls/token-issuers')
    expect(body).toMatchObject({ fileFault: expect.stringContaining('needs one of jwksUrl, discovery and keys') })
  })
})
