import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { loggedIn } from '../support/cli-login.ts'
import { CliUser } from '../support/cli-user.ts'
import { eventually } from '../support/eventually.ts'
import { leaksOf } from '../support/leaks.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import type { Tenant } from '../support/tenant.ts'

let system: SharedSystem
let tenant: Tenant
let user: CliUser
let guest: CliUser

beforeAll(async () => {
  system = await sharedSystem()
  tenant = await system.newTenant()
  user = (await loggedIn(system, tenant)).user
  guest = await CliUser.create(system)
})

afterAll(() => system?.stop())

const tomorrow = () => new Date(Date.now() + 86_400_000).toISOString()
const create = ['invitations', 'create', '--label', 'Anna of Bank', '--scope', 'mtls:read']
const urls = () => ['--config-api', system.configApi.url, '--forwarder-api', system.forwarderApi.url]
const login = (stdin: string) =>
  eventually(
    () => guest.mtls(['login', '--invitation', ...urls()], { stdin }),
    ({ stderr }) => !stderr.startsWith('RATE_LIMITED'),
  )

describe('mtls invitations', () => {
  it('are made, redeemed by a login, listed, and revoked', async () => {
    const created = await user.mtls([...create, '--expires-at', tomorrow()])
    expect(created.stderr).toBe('The code is shown only this once, and works once: send it now.\n')
    const [, id = ''] = /^id +(\S+)$/m.exec(created.stdout) ?? []
    const [, code = ''] = /^code +(\S+)$/m.exec(created.stdout) ?? []

    const logged = await login(`https://console.example/invitation#code=${code}\n`)
    expect(logged).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining(tenant.id) })
    const kept = JSON.parse(await readFile(guest.loginFile, 'utf8'))
    expect(kept).toMatchObject({ account: tenant.id, token: expect.stringMatching(/^mtlsi_/) })
    expect(await guest.done(['certificates', 'list'])).toMatch(/^There is no certificate/)

    const row = new RegExp(`^${id} +Anna of Bank +mtls:read +\\S+ +\\d{4}-\\d\\d-\\d\\d +\\d{4}-`, 'm')
    const listed = await user.done(['invitations', 'list'])
    expect(listed).toMatch(row)
    expect(await user.done(['invitations', 'revoke', id])).toBe(`Revoked the invitation ${id} (Anna of Bank).\n`)
    expect((await guest.mtls(['certificates', 'list'])).stderr).toMatch(/^TOKEN_INVALID: /)

    const [invitation, keys] = [await tenant.invite(), tenant.path('app-keys')]
    const admin = system.toConfigApi({ bearer: (await tenant.redeem(invitation)).token })
    const made = await admin.json<{ appKey: string }>('POST', keys, { label: 'billing', scopes: ['forward'] })
    expect(await user.done(['invitations', 'revoke', invitation.id])).toBe(
      `Revoked the invitation ${invitation.id} (Anna of Bank).
The app keys that were made with it still work. To delete them:
  mtls app-keys delete ${made.body.appKey}  # billing
`,
    )
    const texts = { guest: guest.written, listed, services: await system.readOutput() }
    expect(leaksOf({ code: code.slice(-40), token: kept.token.slice(-40) }, texts)).toEqual([])
  })

  it.each([
    { what: 'no label', args: ['create', '--scope', 'mtls:read'], said: "required option '--label <text>'" },
    {
      what: 'no scope',
      args: ['create', '--label', 'x', '--expires-at', '2100-01-01'],
      said: 'Give what the person may do: --scope mtls:read.',
    },
    { what: 'no time', args: [...create.slice(1), '--expires-at', 'soon'], said: 'It is a day such as' },
  ])('say what is wrong with $what', async ({ args, said }) => {
    const end = await user.mtls(['invitations', ...args])
    expect(end).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(said) })
  })
})

describe('mtls login --invitation', () => {
  it('says that a code is none, and keeps nothing', async () => {
    const other = await CliUser.create(system)
    const end = await other.mtls(['login', '--invitation', ...urls()], { stdin: 'mtlsinvite_le123.x' })
    expect(end).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^This is no code of an invitation/),
    })
    await expect(readFile(other.loginFile)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('says what the service says of a code', async () => {
    const { code } = await tenant.invite()
    await tenant.redeem({ code })
    expect(await login(code)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^INVITATION_VOID: /),
    })
  })

  it('takes no other credentials beside it', async () => {
    const end = await guest.mtls(['login', '--invitation', '--token-file', '-', ...urls()])
    expect(end).toMatchObject({ code: 2, stderr: expect.stringContaining('cannot be used with') })
  })
})
