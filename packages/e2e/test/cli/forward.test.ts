import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { type IssuedCertificate, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { type LoggedIn, loggedIn } from '../support/cli-login.ts'
import { eventually } from '../support/eventually.ts'
import { leaksOf } from '../support/leaks.ts'
import { System } from '../support/system.ts'
import type { Tenant } from '../support/tenant.ts'

let target: TestTarget
let system: System
let tenant: Tenant
let login: LoggedIn
let identity: IssuedCertificate

beforeAll(async () => {
  target = await startTestTarget()
  // The LP-* headers have to be under the signature.
  system = await System.start({ targets: [target], forwarderApiEnv: { REQUIRE_LP_HASH: 'true' } })
  tenant = await system.newTenant()
  login = await loggedIn(system, tenant)
  identity = await target.clientCa.issue({ commonName: 'forwarded' })
  await tenant.onboard(identity, `${target.url}/*`)
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
})

beforeEach(() => target.clear())

const forward = (path: string, ...args: readonly string[]) => [
  'forward',
  '--service-name',
  'IDP',
  '--url',
  path.startsWith('/') ? target.url + path : path,
  ...args,
]

describe('mtls forward', () => {
  it('signs a call, and prints the body of the answer apart from its head', async () => {
    const { code, stdout, stderr } = await login.user.mtls(forward('/token?a=b', '--header', 'x-trace: 1'))
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^200 OK\ncontent-type: /) })
    expect(stderr).not.toContain('lp-answered-by')
    const seen = { method: 'GET', url: '/token?a=b', clientCertificate: { commonName: 'forwarded' } }
    expect(JSON.parse(stdout)).toMatchObject({ ...seen, headers: { 'x-trace': '1' } })
  })

  it('needs no service where the url is mapped for one alone, and neither do check and explain', async () => {
    const url = `${target.url}/unnamed`
    const echoed = JSON.parse(await login.user.done(['forward', '--url', url]))
    expect(echoed).toMatchObject({ url: '/unnamed', clientCertificate: { commonName: 'forwarded' } })
    expect(await login.user.done(['check', '--url', url])).toMatch(/^yes: /)
    expect(await login.user.done(['explain', '--url', url])).toMatch(/service +IDP \(1\)/)
    expect(await login.user.done(['explain', '--url', 'https://unmapped.example/'])).not.toMatch(/^service /m)
  })

  it('calls below the url of a mapping, by its id or name', async () => {
    const echoed = JSON.parse(await login.user.done(['forward', '--to', 'm1', 'accounts/ä?limit=10&x=%20']))
    const seen = { url: '/accounts/%C3%A4?limit=10&x=%20', clientCertificate: { commonName: 'forwarded' } }
    expect(echoed).toMatchObject(seen)
    const { id } = (await tenant.api.json<{ id: number }[]>('GET', tenant.path('mappings'))).body[0] ?? {}
    const body = ['--body-file', '-', '--content-type', 'application/x-www-form-urlencoded']
    const posted = await login.user.done(['forward', '--to', String(id), ...body], { stdin: 'a=1&b=2+3' })
    expect(JSON.parse(posted)).toMatchObject({ method: 'POST', url: '/', body: 'a=1&b=2+3' })
    const authorization = await login.user.file('of-target', 'Bearer of-the-target\n')
    const strict = await login.user.done(['forward', '--to', 'm1', '/a', '--authorization-file', authorization])
    expect(JSON.parse(strict)).toMatchObject({ url: '/a', headers: { authorization: 'Bearer of-the-target' } })
    const refused = await login.user.mtls(['forward', '--to', 'm1', 'a%2fb'])
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('TARGET_URL_NOT_CANONICAL')])
  })

  it.each([
    { args: ['--to', 'm1', '../../x'], said: 'Give the path below the url of the mapping' },
    { args: ['--to', 'm1', 'https://a.example/'], said: 'Give the path below the url of the mapping' },
    { args: ['--to', 'm1', '--url', 'https://a.example/'], said: 'cannot be used with option' },
    { args: ['--url', 'https://a.example/', 'path'], said: 'A path goes with --to.' },
    { args: [], said: 'Give the target: --url, or --to.' },
  ])('says what is wrong with the target of $args', async ({ args, said }) => {
    const end = await login.user.mtls(['forward', ...args])
    expect(end).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(said) })
  })

  it('says which mappings there are where none has the name of --to', async () => {
    const end = await login.user.mtls(['forward', '--to', 'none', 'a'])
    expect(end).toMatchObject({ code: 1, stderr: expect.stringContaining('has no mapping "none". It has "m1"') })
  })

  it('sends a body from stdin or a file, signed too, also a form', async () => {
    const json = ['--body-file', '-', '--content-type', 'application/json']
    const posted = await login.user.done(forward('/a', ...json), { stdin: '{"a":1}' })
    expect(JSON.parse(posted)).toMatchObject({ method: 'POST', body: '{"a":1}', headers: { 'content-type': json[3] } })
    const form = ['--body-file', await login.user.file('form', 'a=1&b=2+3'), '--method', 'PUT']
    const type = 'application/x-www-form-urlencoded'
    const put = await login.user.done(forward('/a', ...form, '--content-type', type))
    expect(JSON.parse(put)).toMatchObject({ method: 'PUT', body: 'a=1&b=2+3', headers: { 'content-type': type } })
  })

  it('sends every line that is given, and none in the place of another', async () => {
    const lines = ['X-A: 1', 'x-a: 2', 'Accept-Encoding: br'].flatMap((line) => ['--header', line])
    const { headers } = JSON.parse(await login.user.done(forward('/lines', ...lines)))
    expect(headers).toMatchObject({ 'x-a': '1, 2', 'accept-encoding': 'br' })
  })

  it('gives the target an authorization that no argument has', async () => {
    const file = await login.user.file('authorization', 'Bearer of-the-target\n')
    const echoed = await login.user.done(forward('/a', '--authorization-file', file))
    expect(JSON.parse(echoed)).toMatchObject({ headers: { authorization: 'Bearer of-the-target' } })
  })

  it('with --json prints status, headers and body', async () => {
    const answer = JSON.parse(await login.user.done(forward('/a', '--json')))
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' }, body: { url: '/a' } })
  })

  it('is among the recent calls, which say what failed', async () => {
    const calls = (...args: readonly string[]) => login.user.done(['calls', ...args])
    expect(await calls('--outcome', 'refused', '--mapping', 'm1')).toBe('There is no call.\n')
    await login.user.mtls(forward('https://unmapped.example/a?b=1', '--stop-if-certificate-not-found'))
    const text = await eventually(
      () => calls('--code', 'NO_CERTIFICATE_FOR_CALL'),
      (shown) => shown.startsWith('AT '),
    )
    expect(text).toMatch(/refused +NO_CERTIFICATE_FOR_CALL .* GET https:\/\/unmapped\.example:443\/a\n$/)
    const found = JSON.parse(await calls('--url', 'https://unmapped.example/a', '--json'))
    expect(found).toHaveLength(1)
    expect(await calls('--request-id', found[0].requestId)).toContain(
      'call        GET https://unmapped.example:443/a\n',
    )
    expect(JSON.parse(await calls('--url', 'https://other.example/', '--json'))).toEqual([])
    expect(JSON.parse(await calls('--until', '2026-01-01', '--json'))).toEqual([])
    expect(JSON.parse(await calls('--outcome', 'succeeded', '--json'))).not.toHaveLength(0)
    const follow = ['calls', '--follow', '--json', '--code', 'UNKNOWN_SERVICE', '--since', new Date().toISOString()]
    const followed = login.user.until(follow, (stdout) => stdout.includes('\n'))
    await login.user.mtls(['forward', '--service-name', 'NOBODY', '--url', target.url])
    expect(JSON.parse(await followed)).toMatchObject({ outcome: 'refused', code: 'UNKNOWN_SERVICE' })
    await eventually(
      () => login.user.done(['mappings', 'list']),
      (list) => / succeed +https/.test(list),
    )
  })

  it('asks for a version of the certificate', async () => {
    const pasted = identity.fingerprintSha256.toUpperCase().replaceAll(/(..)(?=.)/g, '$1:')
    const { stderr } = await login.user.mtls(forward('/present', '--present', pasted))
    expect(stderr).toContain(`lp-presented-certificate: sha256=${identity.fingerprintSha256}`)
    const { code, stderr: refused } = await login.user.mtls(forward('/present', '--present', 'ab'.repeat(32)))
    expect([code, refused]).toEqual([1, expect.stringContaining('CERTIFICATE_VERSION_UNKNOWN')])
  })

  it('says that the gateway answers, and not the target', async () => {
    const unmapped = 'https://no.such.host.invalid/'
    const refused = await login.user.mtls(forward(unmapped, '--stop-if-certificate-not-found'))
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toMatch(/^The gateway answers, not the target:\nNO_CERTIFICATE_FOR_CALL: /)
    const failed = await login.user.mtls(forward(unmapped))
    expect(failed.stderr).toMatch(/\nTARGET_UNREACHABLE: [\s\S]*transportCode: ENOTFOUND/)
    expect(JSON.parse((await login.user.mtls(forward(unmapped, '--json'))).stdout)).toMatchObject({
      status: 424,
      headers: { 'lp-answered-by': 'gateway', 'lp-error-from-transport': 'ENOTFOUND' },
    })
  })

  it('takes the app key of the environment before that of the login', async () => {
    const env = { MTLS_APP_KEY: login.appKey.appKey, MTLS_APP_SECRET: 'wrong' }
    const refused = await login.user.mtls(forward('/a'), { env })
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('OAUTH_CREDENTIALS_INVALID: ') })
    const without = await login.user.mtls(forward('/a'), { env: { MTLS_APP_KEY: 'le1.x' } })
    expect(without).toMatchObject({ code: 2, stderr: expect.stringContaining('MTLS_APP_SECRET') })
    expect(target.seen).toEqual([])
  })

  it('says that a token alone does not do here', async () => {
    const env = { XDG_CONFIG_HOME: '/nowhere', MTLS_ACCOUNT: tenant.id, MTLS_FORWARDER_API: system.forwarderApi.url }
    const bearer = await login.user.mtls(forward('/a'), { env: { ...env, MTLS_TOKEN: login.token } })
    expect(bearer.stderr).toMatch(/\nCREDENTIAL_KIND_NOT_TAKEN: [\s\S]*accepted: oauth1/)
    const none = await login.user.mtls(forward('/a'), { env })
    expect(none).toMatchObject({ code: 2, stderr: expect.stringMatching(/^There is no app key\./) })
  })

  it.each([
    { args: ['--method', 'CONNECT'], said: 'Allowed choices are GET, HEAD' },
    { args: ['--header', 'no colon'], said: "--header takes 'name: value'." },
    { args: ['--header', 'Authorization: Basic eA=='], said: 'by --authorization-file.' },
    { args: ['--header', 'Content-Type: text/plain'], said: 'by --content-type.' },
    { args: ['--header', 'lp-forward-url: https://a.example/'], said: 'It is for the gateway.' },
    { args: ['--body-file', 'none'], said: 'none can not be read.' },
    { args: ['--body-file', '-', '--method', 'GET'], said: 'GET has no body' },
    { args: ['--content-type', 'text/…'], said: '--content-type has characters' },
  ])('says what is wrong with $args', async ({ args, said }) => {
    const end = await login.user.mtls(forward('/a', ...args))
    expect(end).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(said) })
  })

  it('has shown neither secret nor token', () => {
    const secrets = { token: login.token, secret: login.appKey.appSecret }
    expect(leaksOf(secrets, { commands: login.user.written, services: system.output })).toEqual([])
  })
})
