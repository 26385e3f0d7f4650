import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type ApiClient, createCa } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import type { Tenant } from '../support/tenant.ts'
import type { Certificate, CheckedMapping } from '../support/wire.ts'

describe('check mapping', () => {
  let system: SharedSystem
  let tenant: Tenant
  let client: ApiClient

  beforeAll(async () => {
    system = await sharedSystem()
    tenant = await system.newTenant()
    const identity = await (await createCa()).issue({ commonName: 'checked' })
    const { certificate } = await tenant.onboard(identity, 'https://target.example/a?x=1')
    const mapping = { certificationId: certificate.id, serviceId: 'IDP', enable: false }
    await tenant.map({ ...mapping, url: 'https://target.example/disabled', name: 'disabled' })
    client = await tenant.newCaller(['mtls:read'])
  })

  afterAll(() => system?.stop())

  const entry = (url: string, serviceName: string | number = 'IDP') => ({ serviceName, accountId: tenant.id, url })
  const exists = async (...entries: object[]) => {
    const { status, body } = await client.json<CheckedMapping[]>('POST', '/mtls/mapping?v=2', entries)
    expect(status).toBe(200)
    return body.map(({ doExist }) => doExist)
  }
  const v1 = (url: string) => `CertificateMappingParamters{serviceName='IDP', accountId='${tenant.id}', url='${url}'}`

  it.each(['/mtls/mapping', '/mtls/mapping?v=1'])('answers at %s by the keys of the original', async (path) => {
    const [known, unknown] = ['https://target.example/a?x=1', 'https://target.example/b']
    const answer = await client.json('POST', path, [entry(known), entry(unknown)])
    expect(answer).toMatchObject({ status: 200, body: { [v1(known)]: true, [v1(unknown)]: false } })
    expect(Object.keys(answer.body as object)).toHaveLength(2)
  })

  it('answers the list with v=2, in its order', async () => {
    const entries = [entry('https://target.example/b'), entry('https://target.example/a?x=1')]
    const answer = await client.json('POST', '/mtls/mapping?v=2', entries)
    expect(answer.body).toEqual([
      { ...entries[0], doExist: false },
      { ...entries[1], doExist: true },
    ])
  })

  it('takes the versions as the original writes them, 1.0 and 2.0', async () => {
    const entries = [entry('https://target.example/a?x=1')]
    const [one, two] = [
      await client.json('POST', '/mtls/mapping?v=1.0', entries),
      await client.json('POST', '/mtls/mapping?v=2.0', entries),
    ]
    expect(one).toMatchObject({ status: 200, body: { [v1('https://target.example/a?x=1')]: true } })
    expect(two).toMatchObject({ status: 200, body: [{ doExist: true }] })
  })

  it('takes entries below the account that do not repeat it', async () => {
    const path = `/mtls/account/${tenant.id}/mapping`
    const url = 'https://target.example/a?x=1'
    const entries = [{ serviceName: 'IDP', url }]
    expect((await client.json('POST', path, entries)).body).toEqual({ [v1(url)]: true })
    const answer = await client.json('POST', `${path}?v=2`, entries)
    expect(answer).toMatchObject({ status: 200, body: [{ ...entry(url), doExist: true }] })
  })

  it('takes entries that name no service, as a forward does', async () => {
    const { id } = (await tenant.api.json<Certificate[]>('GET', tenant.path('certificates'))).body[0] ?? {}
    const url = 'https://target.example/several'
    const unnamed = (to: string) => ({ accountId: tenant.id, url: to })
    await tenant.map({ certificationId: Number(id), serviceId: 'IDP', url, name: 'several 1' })
    await eventually(
      () => exists(unnamed(url)),
      ([isThere]) => isThere === true,
    )
    await tenant.map({ certificationId: Number(id), serviceId: 'FAAS', url, name: 'several 2' })
    await eventually(
      () => exists(entry(url, 'FAAS')),
      ([isThere]) => isThere === true,
    )
    const others = [unnamed('https://target.example/a?x=1'), unnamed('https://target.example/b')]
    expect(await exists(unnamed(url), ...others)).toEqual([false, true, false])
    const { body } = await client.json('POST', '/mtls/mapping', [unnamed(url)])
    expect(body).toEqual({ [v1(url).replace("'IDP'", "'null'")]: false })
  })

  it('answers below the account, too', async () => {
    const path = `/mtls/account/${tenant.id}/mapping?v=2`
    const answer = await client.json('POST', path, [entry('https://target.example/a?x=1')])
    expect(answer).toMatchObject({ status: 200, body: [{ doExist: true }] })
  })

  it('is true exactly where a forward would present a certificate', async () => {
    const same = ['https://TARGET.example/a?x=1', 'HTTPS://target.example:443/a?x=1', 'https://target.example/a?x=1#f']
    expect(await exists(...same.map((url) => entry(url)))).toEqual([true, true, true])
    const others = ['/a', '/a?x=2', '/a?x=1&y', '/A?x=1', '/a/?x=1', '/disabled']
    const answers = await exists(...others.map((path) => entry(`https://target.example${path}`)))
    expect(answers).toEqual(others.map(() => false))
    expect(await exists(entry('https://target.example/a?x=1', 'FAAS'))).toEqual([false])
  })

  it('takes the service by its number', async () => {
    const url = 'https://target.example/a?x=1'
    expect(await exists(entry(url, '1'), entry(url, 1), entry(url, '2'))).toEqual([true, true, false])
  })

  it('refuses the whole list for an entry of another account', async () => {
    const entries = [entry('https://target.example/a?x=1'), { ...entry('https://target.example/'), accountId: 'other' }]
    for (const path of ['/mtls/mapping?v=2', `/mtls/account/${tenant.id}/mapping?v=2`]) {
      expectProblem(await client.json('POST', path, entries), 403, 'WRONG_ACCOUNT')
    }
  })

  it.each([
    { what: 'an unknown service', change: { serviceName: 'NOBODY' }, code: 'UNKNOWN_SERVICE' },
    { what: 'an http url', change: { url: 'http://target.example/' }, code: 'TARGET_URL_NOT_HTTPS' },
    { what: 'dot segments', change: { url: 'https://target.example/a/..' }, code: 'TARGET_URL_NOT_CANONICAL' },
    { what: 'no url', change: { url: undefined }, code: 'VALIDATION_FAILED' },
    { what: 'no account', change: { accountId: undefined }, code: 'VALIDATION_FAILED' },
  ])('refuses $what', async ({ change, code }) => {
    const refused = await client.json('POST', '/mtls/mapping?v=2', [{ ...entry('https://target.example/'), ...change }])
    expect(refused.status).toBe(400)
    expect(JSON.stringify(refused.body)).toContain(code)
  })

  it('refuses what is no list, and a version that there is not', async () => {
    expectProblem(await client.json('POST', '/mtls/mapping', {}), 400, 'VALIDATION_FAILED')
    const entries = [entry('https://target.example/')]
    expectProblem(await client.json('POST', '/mtls/mapping?v=3', entries), 400, 'VALIDATION_FAILED')
  })
})
