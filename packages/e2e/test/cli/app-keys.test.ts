import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { loggedIn } from '../support/cli-login.ts'
import type { CliUser } from '../support/cli-user.ts'
import { leaksOf } from '../support/leaks.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import type { Tenant } from '../support/tenant.ts'
import type { AppKey } from '../support/wire.ts'

let system: SharedSystem
let tenant: Tenant
let user: CliUser

beforeAll(async () => {
  system = await sharedSystem()
  tenant = await system.newTenant()
  user = (await loggedIn(system, tenant)).user
})

afterAll(() => system?.stop())

const ofBank = ['--service-name', 'IDP', '--url', 'https://bank.example/']

describe('mtls app-keys', () => {
  it('create a key that works, and show its secret this once', async () => {
    const created = await user.mtls(['app-keys', 'create', '--label', 'billing'])
    expect(created.stderr).toBe('The secret is shown only this once: keep it now.\n')
    expect(created.stdout).toMatch(/^scopes +forward, mtls:read$/m)
    const [, appKey = ''] = /^app key +(\S+)$/m.exec(created.stdout) ?? []
    const [, appSecret = ''] = /^secret +(\S+)$/m.exec(created.stdout) ?? []
    const env = { XDG_CONFIG_HOME: '/nowhere', MTLS_APP_KEY: appKey, MTLS_APP_SECRET: appSecret }
    const place = ['--account', tenant.id, '--forwarder-api', system.forwarderApi.url]
    const checked = await user.mtls(['check', ...ofBank, ...place, '--config-api', system.configApi.url], { env })
    expect(checked.stdout).toMatch(/^no: /)
    const listed = await user.done(['app-keys', 'list'])
    const row = `^${appKey} +billing +forward,mtls:read +any +\\d{4}-\\d\\d-\\d\\d +\\S+#cli +never `
    expect(listed).toMatch(new RegExp(row, 'm'))
    expect(leaksOf({ appSecret }, { listed, services: await system.readOutput() })).toEqual([])
  })

  it('create one with scopes and an end, and print the answer as it is with --json', async () => {
    const args = ['--scope', 'mtls:read', '--scope', 'mtls:write', '--expires-at', '2100-01-31T00:00:00Z', '--json']
    const created: AppKey = JSON.parse(await user.done(['app-keys', 'create', '--label', 'console', ...args]))
    expect(created).toMatchObject({ label: 'console', scopes: ['mtls:read', 'mtls:write'] })
    expect(created.expiresAt).toBe('2100-01-31T00:00:00.000Z')
  })

  it('limit one to services', async () => {
    const args = ['create', '--label', 'limited', '--service', 'FAAS', '--service', '1']
    expect(await user.done(['app-keys', ...args])).toMatch(/^services +FAAS, IDP$/m)
    expect(await user.done(['app-keys', 'list'])).toMatch(/ limited +forward,mtls:read +FAAS,IDP /)
  })

  it('delete one, which is gone', async () => {
    const { appKey } = await tenant.newAppKey()
    expect(await user.mtls(['app-keys', 'delete', appKey])).toMatchObject({ code: 2, stdout: '' })
    expect(await user.done(['app-keys', 'delete', appKey, '--yes'])).toMatch(`Deleted the app key ${appKey} (`)
    expect(await user.done(['app-keys', 'list'])).not.toContain(appKey)
    const again = await user.mtls(['app-keys', 'delete', appKey, '--yes'])
    expect(again).toMatchObject({ code: 1, stderr: expect.stringMatching(/^APP_KEY_NOT_FOUND: /) })
  })

  it('are listed in pages', async () => {
    const page = await user.mtls(['app-keys', 'list', '--limit', '1', '--json'])
    expect(JSON.parse(page.stdout)).toHaveLength(1)
    expect(page.stderr).toMatch(/ --cursor \S+\.\n$/)
  })

  it.each([
    { args: ['app-keys', 'create'], code: 2, said: /required option '--label <text>'/ },
    {
      args: ['app-keys', 'create', '--label', 'x', '--scope', 'all'],
      code: 2,
      said: /Allowed choices are forward, mtls:read, /,
    },
    { args: ['app-keys', 'create', '--label', 'x', '--expires-at', 'soon'], code: 1, said: /^VALIDATION_FAILED: / },
  ])('say what is wrong: $args', async ({ args, code, said }) => {
    expect(await user.mtls(args)).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(said) })
  })
})
