import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { EchoedRequest, TestTarget } from '@mtls-gateway/test-kit'
import { Bank } from '../support/bank.ts'
import { loggedIn } from '../support/cli-login.ts'
import type { CliUser } from '../support/cli-user.ts'
import { jwt } from '../support/leaks.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { lp, type Tenant } from '../support/tenant.ts'
import type { Mapping } from '../support/wire.ts'

describe('what a target wants besides the certificate, on the command line', () => {
  let target: TestTarget
  let system: SharedSystem
  let tenant: Tenant
  let user: CliUser

  beforeAll(async () => {
    system = await sharedSystem()
    target = await system.startTarget()
    tenant = await system.newTenant()
    user = (await loggedIn(system, tenant)).user
    await tenant.saveCertificate('c1', await target.clientCa.issue({ commonName: 'tpp-1' }))
    await user.file('api-key', 'canary-key\n')
    await user.file('secret', 'canary-secret\n')
  })

  afterAll(async () => {
    await system?.stop()
    await target?.close()
  })

  const map = (name: string, ...options: string[]) => [
    ...['map', 'c1', '--service-name', 'IDP', '--url', `${target.url}/${name}`, '--name', name],
    ...options,
  ]

  it('is a header field from a file, which no output shows, and is removed', async () => {
    const mapped = await user.done(map('keyed', '--target-header-file', 'X-Api-Key=api-key'))
    expect(mapped).toMatch(/^wants +X-Api-Key \(stored\)$/m)
    const json = await user.done(['mappings', 'show', 'keyed', '--json'])
    expect(mapped + json).not.toContain('canary')
    const caller = await tenant.newCaller()
    const forward = () => caller.json<EchoedRequest>('GET', tenant.forwardPath, undefined, lp(`${target.url}/keyed`))
    expect((await forward()).body.headers).toMatchObject({ 'x-api-key': 'canary-key' })
    expect(await user.done(['mappings', 'edit', 'keyed', '--remove-target-auth'])).not.toMatch(/^wants/m)
  })

  it('is a token, with a secret that stays where it is not given again', async () => {
    const token = ['--oauth2-token-url', 'https://auth.example/token', '--oauth2-client-id', 'tpp-1']
    const by = [
      ...token,
      '--oauth2-method',
      'client_secret_post',
      '--oauth2-parameter',
      'resource=https://bank.example',
    ]
    const mapped = await user.done(map('paying', ...by, '--oauth2-secret-file', 'secret'))
    expect(mapped).toMatch(/^wants +a token of https:\/\/auth\.example\/token for tpp-1, by client_secret_post$/m)
    const edited = await user.done(['mappings', 'edit', 'paying', ...by, '--oauth2-scope', 'payments'])
    expect(edited).toMatch(/, scope payments$/m)
    const mappings = (await tenant.api.json<Mapping[]>('GET', tenant.path('mappings'))).body
    expect(mappings.find(({ name }) => name === 'paying')).toMatchObject({
      targetAuth: { hasSecret: true, parameters: { resource: 'https://bank.example' }, scope: 'payments' },
    })
    const elsewhere = ['mappings', 'edit', 'paying', '--url', 'https://elsewhere.example/']
    expect(await user.mtls(elsewhere)).toMatchObject({ code: 1, stderr: expect.stringMatching(/TARGET_SECRET_NEEDED/) })
  })

  it('is asked for now, and said to be held where calls are checked and explained', async () => {
    const bank = new Bank()
    const endpoint = await system.startTarget({ handler: bank.handler, clientCa: target.clientCa })
    try {
      const tokenUrl = `${endpoint.url}/token`
      const by = ['--oauth2-token-url', tokenUrl, '--oauth2-client-id', 'bank', '--oauth2-scope', 'payments']
      await user.done(map('bank', ...by))
      const asked = await user.done(['token', 'bank'])
      expect(asked).toMatch(/^answer +200, after \d+ ms$/m)
      expect(asked).toMatch(/^token +Bearer, for 3600 s$/m)
      expect(asked).toMatch(/^bound to +the presented certificate$/m)
      expect(asked).not.toMatch(jwt)
      const call = ['--service-name', 'IDP', '--url', `${target.url}/bank`]
      expect(await user.done(['explain', ...call])).toMatch(/^wants +a token of .* for bank/m)
      expect(await user.done(['check', ...call])).toContain('The next call asks for its token.')
      await user.mtls(['forward', ...call])
      expect(await user.done(['check', ...call])).toMatch(/Its token is held until \d{4}-/)
      bank.instead = (response) =>
        response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"invalid_scope"}')
      const refused = await user.mtls(['token', 'bank'])
      expect(refused).toMatchObject({ code: 1, stdout: expect.stringMatching(/^error +TOKEN_ENDPOINT_REFUSED: /m) })
      const staged = await user.mtls(['token', 'bank', '--staged'])
      expect(staged).toMatchObject({ code: 1, stderr: expect.stringMatching(/STAGED_NOT_FOUND/) })
    } finally {
      await endpoint.close()
    }
  })

  it('finds the token endpoint for clients with a certificate in the metadata of its server', async () => {
    const documents: Record<string, object> = {}
    const server = await system.startTarget({
      requireClientCertificate: false,
      handler: ({ url = '' }, response) => {
        const document = documents[url]
        response.writeHead(document ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(document))
      },
    })
    try {
      const { url: issuer } = server
      const aliases = { mtls_endpoint_aliases: { token_endpoint: 'https://mtls.auth.example/token' } }
      const metadata = { issuer, token_endpoint: 'https://auth.example/token' }
      documents['/.well-known/oauth-authorization-server'] = { ...metadata, ...aliases }
      const env = { NODE_EXTRA_CA_CERTS: await user.file('server-ca.pem', server.ca) }
      const by = (from: string) => ['--oauth2-issuer', from, '--oauth2-client-id', 'tpp-1']
      const mapped = await user.done(map('found', ...by(issuer)), { env })
      expect(mapped).toMatch(/^wants +a token of https:\/\/mtls\.auth\.example\/token for tpp-1/m)

      documents['/tenant/.well-known/openid-configuration'] = { ...metadata, issuer: `${issuer}/tenant` }
      const edit = (from: string) => user.mtls(['mappings', 'edit', 'found', ...by(from)], { env })
      expect((await edit(`${issuer}/tenant`)).stdout).toMatch(/^wants +a token of https:\/\/auth\.example\/token /m)

      documents['/other/.well-known/openid-configuration'] = metadata
      expect(await edit(`${issuer}/other`)).toMatchObject({ code: 3, stderr: expect.stringMatching(/another name/) })
      const nowhere = await edit(`${issuer}/nowhere`)
      expect(nowhere).toMatchObject({ code: 3, stderr: expect.stringMatching(/Check --oauth2-issuer/) })
    } finally {
      await server.close()
    }
  })

  it.each([
    [['--oauth2-issuer', 'http://auth.example', '--oauth2-client-id', 'c'], /must begin with https/],
    [['--oauth2-token-url', 'https://auth.example/token'], /needs --oauth2-token-url and --oauth2-client-id/],
    [['--oauth2-client-id', 'c', '--target-header-file', 'a=api-key'], /do not go together/],
    [['--target-header-file', 'api-key'], /is a name, "=" and a value/],
    [['--target-header-file', 'X-Key=none'], /none can not be read/],
  ])('is refused with %j', async (options, said) => {
    expect(await user.mtls(map('wrong', ...options))).toMatchObject({ code: 2, stderr: expect.stringMatching(said) })
  })
})
