import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createCa } from '@mtls-gateway/test-kit'
import { loggedIn } from '../support/cli-login.ts'
import type { CliUser } from '../support/cli-user.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import type { Tenant } from '../support/tenant.ts'
import type { Mapping, SigningKey } from '../support/wire.ts'

let system: SharedSystem
let tenant: Tenant
let user: CliUser

beforeAll(async () => {
  system = await sharedSystem()
  tenant = await system.newTenant()
  user = (await loggedIn(system, tenant)).user
})

afterAll(() => system?.stop())

/** Each goes on from the state that the one before has left. */
describe('mtls signing-keys', () => {
  const keys = async () => (await tenant.api.json<SigningKey[]>('GET', tenant.path('signing-keys'))).body

  it('create one that signs, and another that waits', async () => {
    expect(await user.done(['signing-keys', 'create'])).toMatch(/^state +active: signs$/m)
    const second = await user.done(['signing-keys', 'create', '--algorithm', 'EdDSA'])
    expect(second).toMatch(/^state +published: does not sign yet$/m)
    const [kid = ''] = (await keys()).map((key) => key.kid)
    const row = `^${kid} +client-authentication +ES256 +active +\\d{4}-\\d\\d-\\d\\d +\\S+#cli `
    expect(await user.done(['signing-keys', 'list'])).toMatch(new RegExp(row, 'm'))
  })

  it('print the key set', async () => {
    const jwks = { keys: (await keys()).map(({ jwk }) => jwk) }
    expect(JSON.parse(await user.done(['signing-keys', 'jwks']))).toEqual(jwks)
    await user.done(['settings', 'set', '--publish-keys', 'yes'])
    const published = await fetch(`${system.configApi.url}${tenant.path('jwks.json')}`)
    expect(await published.json()).toEqual(jwks)
    expect(await user.done(['settings', 'set', '--publish-keys', 'no'])).toMatch(/^keys +not published$/m)
  })

  it('activate and delete them, but for one that a mapping needs', async () => {
    const [first, second] = (await keys()).map(({ kid }) => kid) as [string, string]
    await tenant.saveCertificate('c1', await (await createCa()).issue({ commonName: 'tpp-1' }))
    const token = ['--oauth2-token-url', 'https://auth.example/token', '--oauth2-client-id', 'tpp-1']
    const by = [...token, '--oauth2-method', 'private_key_jwt', '--oauth2-issuer', 'https://auth.example']
    const place = ['--service-name', 'IDP', '--url', 'https://bank.example/', '--name', 'm1']
    expect(await user.done(['map', 'c1', ...place, ...by])).toMatch(/ for tpp-1, by private_key_jwt$/m)
    const [mapping] = (await tenant.api.json<Mapping[]>('GET', tenant.path('mappings'))).body
    expect(mapping).toMatchObject({ targetAuth: { issuer: 'https://auth.example', hasSecret: false } })

    expect(await user.done(['signing-keys', 'activate', second])).toMatch(/^state +active: signs$/m)
    const refused = await user.mtls(['signing-keys', 'delete', second, '--yes'])
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/^SIGNING_KEY_IN_USE: /) })
    const deleted = await user.done(['signing-keys', 'delete', first, '--yes'])
    expect(deleted).toBe(`Deleted the signing key ${first} (client-authentication).\n`)
  })
})
