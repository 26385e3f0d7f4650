import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createCa } from '@mtls-gateway/test-kit'
import { loggedIn } from '../support/cli-login.ts'
import { CliUser } from '../support/cli-user.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import type { Tenant } from '../support/tenant.ts'
import { allScopes, type Mapping } from '../support/wire.ts'

let system: SharedSystem
let tenant: Tenant
let user: CliUser
let bob: CliUser
let mapping: Mapping

beforeAll(async () => {
  system = await sharedSystem()
  tenant = await system.newTenant()
  user = (await loggedIn(system, tenant)).user
  bob = await CliUser.create(system)
  const urls = ['--config-api', system.configApi.url, '--forwarder-api', system.forwarderApi.url]
  const token = await bob.file('token', await system.token([tenant.id], allScopes, 'bob'))
  await bob.done(['login', '--account', tenant.id, ...urls, '--token-file', token])
  const ca = await createCa({ name: 'CA' })
  mapping = (await tenant.onboard(await ca.issue({ commonName: 'bank' }), 'https://bank.example/token')).mapping
})

afterAll(() => system?.stop())

const url = async () => (await tenant.api.json<Mapping>('GET', tenant.path(`mappings/${mapping.id}`))).body.url

describe('mtls approvals', () => {
  it('lead from a change that waits over another person to the change', async () => {
    const set = await user.done([
      'settings',
      'set',
      '--require-approval',
      'target-host',
      '--approvals-expire-after',
      '2d',
    ])
    expect(set).toMatch(/^approvals +target-host\napprovers +anybody else with mtls:admin\nrequests expire +after 2d$/m)

    const edit = ['mappings', 'edit', mapping.name, '--url', 'https://other.example/token']
    const waits = await user.mtls(edit)
    expect(waits).toMatchObject({ code: 4, stdout: '' })
    const [, id = ''] = /^request +(\S+)$/m.exec(waits.stderr) ?? []
    expect(JSON.parse((await user.mtls([...edit, '--json'])).stdout).approval).toMatchObject({ id, state: 'open' })
    expect(await user.done(['approvals', 'list'])).toMatch(new RegExp(`^${id} +open +mappings.update `, 'm'))
    expect((await user.mtls(['approvals', 'approve', id, '--yes'])).stderr).toMatch(/^APPROVAL_OWN: /)

    const shown = await bob.done(['approvals', 'show', id])
    expect(shown).toContain(
      'update mapping "m1"\n  url\n    - https://bank.example/token\n    + https://other.example/token\n',
    )
    expect(await bob.done(['approvals', 'approve', id, '--yes', '--reason', 'as agreed'])).toMatch(
      /^Approved: mappings/,
    )
    expect(await url()).toBe('https://other.example/token')
    expect(await user.done(['approvals', 'show', id])).toMatch(/^reason +as agreed$/m)
  })

  it('refuse withdraws one’s own, and what needs approval is changed by approval', async () => {
    const waits = await user.mtls(['settings', 'set', '--remove-approvals', '--json'])
    expect(waits.code).toBe(4)
    const { id } = JSON.parse(waits.stdout).approval
    expect(await user.done(['approvals', 'refuse', id])).toMatch(/^Refused: settings.change/)
    expect((await bob.mtls(['approvals', 'approve', id, '--yes'])).stderr).toMatch(/^APPROVAL_CLOSED: /)
    expect(await user.done(['settings', 'show'])).toMatch(/^approvals +target-host$/m)
  })
})
