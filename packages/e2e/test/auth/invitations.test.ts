import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { configApi } from '@mtls-gateway/contract'
import { ContractClient } from '../support/contract-client.ts'
import { eventually } from '../support/eventually.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { leaksOf } from '../support/leaks.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { beginUpload } from '../support/slow-upload.ts'
import { newInvitation, redeemPath, type Tenant } from '../support/tenant.ts'
import type { Invitation } from '../support/wire.ts'

let system: SharedSystem
let tenant: Tenant
/** Without credentials. */
let anybody: ContractClient

beforeAll(async () => {
  system = await sharedSystem()
  tenant = await system.newTenant()
  anybody = new ContractClient(configApi, { baseUrl: system.configApi.url })
})

afterAll(async () => {
  await anybody?.close()
  await system?.stop()
})

interface Change {
  readonly action: string
  readonly actor: string
  readonly address: string
  readonly subjects: readonly string[]
}

const lastChange = async (of = tenant) =>
  (await of.api.json<readonly Change[]>('GET', of.path('audit?limit=1'))).body[0]

/** From an address of its own. */
async function statusFrom(localAddress: string): Promise<number | undefined> {
  const headers = { 'content-type': 'application/json' }
  const attempt = request(system.configApi.url + redeemPath, { method: 'POST', localAddress, headers })
  attempt.end(JSON.stringify({ code: 'nonsense' }))
  const [answer] = (await once(attempt, 'response')) as [IncomingMessage]
  answer.resume()
  return answer.statusCode
}

/** Both are limited for each address, and all tests have the same. */
const inTurn = (path: string, code: unknown) =>
  eventually(
    () => anybody.json('POST', path, { code }),
    ({ status }) => status !== 429,
  )
const redeemInTurn = (code: unknown) => inTurn(redeemPath, code)
const describeInTurn = (code: unknown) => inTurn('/mtls/invitations/describe', code)

describe('an invitation', () => {
  it('opens its account with its scopes, and is in the audit with its label from then on', async () => {
    const invitation = await tenant.invite({ scopes: ['mtls:read', 'mtls:write'] })
    const { id, label, scopes, expiresAt } = invitation
    expect(invitation).toMatchObject({ label: 'Anna of Bank', redeemedAt: null, link: null })
    expect(invitation.createdBy).toContain('#')
    expect(await lastChange()).toMatchObject({ action: 'invitations.create', subjects: [`${id} ${label}`] })

    const redeemed = await redeemInTurn(invitation.code)
    expect(redeemed).toMatchObject({ status: 200, body: { accountId: tenant.id, scopes, expiresAt, label } })
    const actor = `invitation ${id} "${label}"`
    expect(await lastChange()).toMatchObject({ action: 'invitations.redeem', actor, address: '127.0.0.1' })

    const { token } = redeemed.body as { token: string }
    const guest = system.toConfigApi({ bearer: token })
    const caller = { subject: actor, kind: 'invitation', accounts: [tenant.id], scopes, expiresAt }
    expect((await guest.json('GET', '/mtls/me')).body).toEqual(caller)
    expect(await guest.json('GET', tenant.path('certificates'))).toMatchObject({ status: 200, body: [] })
    const request = { name: 'c1', keyType: 'EC-P256', subject: { commonName: 'guest' } }
    expect((await guest.json('POST', tenant.path('certificates/csr'), request)).status).toBe(201)
    expect(await lastChange()).toMatchObject({ action: 'certificates.request', actor })

    expectProblem(await guest.json('GET', tenant.path('invitations')), 403, 'SCOPE_MISSING')
    expectProblem(await guest.json('GET', '/mtls/account/other/certificates'), 403, 'WRONG_ACCOUNT')
    const { body } = await tenant.api.json<Invitation[]>('GET', tenant.path('invitations'))
    expect(body).toMatchObject([{ id, redeemedAt: expect.any(String) }])
    const shown = { list: JSON.stringify(body), services: await system.readOutput() }
    expect(leaksOf({ code: invitation.code.slice(-40), token: token.slice(-40) }, shown)).toEqual([])
  })

  it('says to whoever has its code what it is for, as often as they ask, and stays valid', async () => {
    const { code, label, scopes, expiresAt } = await tenant.invite({ label: 'described' })
    const before = await lastChange()
    for (const _ of [1, 2]) {
      const body = { accountId: tenant.id, scopes, expiresAt, label, invitedBy: expect.any(String) }
      expect(await describeInTurn(code)).toMatchObject({ status: 200, body })
    }
    expect(await lastChange()).toEqual(before)
    expect((await redeemInTurn(code)).status).toBe(200)
    expectProblem(await describeInTurn(code), 410, 'INVITATION_VOID')
    for (const wrong of [`${code.slice(0, -1)}${code.endsWith('A') ? 'B' : 'A'}`, 'nonsense']) {
      expectProblem(await describeInTurn(wrong), 404, 'INVITATION_UNKNOWN')
    }
    const { code: revoked, id } = await tenant.invite()
    await tenant.api.json('DELETE', tenant.path(`invitations/${id}`))
    expectProblem(await describeInTurn(revoked), 404, 'INVITATION_UNKNOWN')
  })

  it('is nothing to forwarder-api', async () => {
    const { token } = await tenant.redeem(await tenant.invite())
    const answer = await system.toForwarderApi({ bearer: token }).json('POST', '/mtls/mapping', [])
    expect(expectProblem(answer, 401, 'TOKEN_INVALID').detail).toContain('config-api')
  })

  it('is redeemed once, also by two who come at the same time', async () => {
    const { code } = await tenant.invite()
    const answers = await Promise.all([redeemInTurn(code), redeemInTurn(code)])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 410])
    const again = expectProblem(await redeemInTurn(code), 410, 'INVITATION_VOID')
    expect(again.detail).toMatch(/redeemed on \d{4}-\d\d-\d\d \d\d:\d\d UTC, .*revoke/)
  })

  it('that is not there, has another secret or was revoked is the same to who asks', async () => {
    const [other, revoked] = [await tenant.invite(), await tenant.invite()]
    await tenant.api.json('DELETE', tenant.path(`invitations/${revoked.id}`))
    const [start, , secret = ''] = other.code.split('.')
    const wrong = [
      `mtlsinvite_nobody.${'A'.repeat(22)}.${secret}`,
      `${start}.${other.id}.${'A'.repeat(64)}`,
      `${other.code.slice(0, -1)}${other.code.endsWith('A') ? 'B' : 'A'}`,
      revoked.code,
      'nonsense',
    ]
    const details = new Set<string>()
    for (const code of wrong) details.add(expectProblem(await redeemInTurn(code), 404, 'INVITATION_UNKNOWN').detail)
    expect(details.size).toBe(1)
  })

  it.each([
    ['no code', {}, 400, 'VALIDATION_FAILED'],
    ['a code that is no text', { code: ['x'] }, 400, 'VALIDATION_FAILED'],
    ['more than a code', { code: 'x', more: 1 }, 400, 'VALIDATION_FAILED'],
    ['a body that is too long', { code: 'x'.repeat(3_000) }, 413, 'BODY_TOO_LARGE'],
  ])('is not redeemed with %s', async (_, body, status, code) => {
    const answer = await eventually(
      () => anybody.json('POST', redeemPath, body),
      ({ status }) => status !== 429,
    )
    expectProblem(answer, status, code)
  })

  it('can be tried a few times a second from one address, which keeps nobody else from it', async () => {
    const statuses = await Promise.all(Array.from({ length: 30 }, () => statusFrom('127.0.0.9')))
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(10)
    expect(await statusFrom('127.0.0.10')).toBe(404)
  })

  it.each([
    ['forward', { scopes: ['forward'] }, 400, 'VALIDATION_FAILED'],
    ['no scope', { scopes: [] }, 400, 'VALIDATION_FAILED'],
    ['no end', { expiresAt: undefined }, 400, 'VALIDATION_FAILED'],
    ['an end in the past', { expiresAt: '2020-01-01T00:00:00Z' }, 400, 'EXPIRY_NOT_IN_FUTURE'],
    ['an end that is far away', { expiresAt: '2100-01-01T00:00:00Z' }, 400, 'EXPIRY_TOO_LATE'],
    ['a label of two lines', { label: 'a\nb' }, 400, 'VALIDATION_FAILED'],
  ])('is not made with %s', async (_, parts, status, code) => {
    const answer = await tenant.api.json('POST', tenant.path('invitations'), newInvitation(parts))
    expectProblem(answer, status, code)
  })

  it('has no scope that its maker lacks', async () => {
    const api = system.toConfigApi({ bearer: await system.token([tenant.id], ['mtls:admin']) })
    const answer = await api.json('POST', tenant.path('invitations'), newInvitation())
    expect(expectProblem(answer, 403, 'SCOPE_NOT_GRANTABLE')).toMatchObject({ scope: 'mtls:read' })
  })
})

describe('somebody whose invitation is revoked', () => {
  it('is refused with the next request, and so are those that they have invited', async () => {
    const { invitation, api } = await tenant.newGuest()
    const made = await api.json<Invitation>(
      'POST',
      tenant.path('invitations'),
      newInvitation({ expiresAt: invitation.expiresAt }),
    )
    const guestsGuest = system.toConfigApi({ bearer: (await tenant.redeem(made.body)).token })
    const list = tenant.path('certificates')
    for (const client of [api, guestsGuest]) expect((await client.json('GET', list)).status).toBe(200)

    expect((await tenant.api.json('DELETE', tenant.path(`invitations/${invitation.id}`))).status).toBe(200)
    for (const client of [api, guestsGuest]) expectProblem(await client.json('GET', list), 401, 'TOKEN_INVALID')
    expect(await lastChange()).toMatchObject({ action: 'invitations.revoke', subjectCount: 2 })
  })

  it('changes nothing with a request that had been accepted before', async () => {
    const invitation = await tenant.invite()
    const { token } = await tenant.redeem(invitation)
    const url = system.configApi.url + tenant.path('app-keys')
    const upload = beginUpload(url, token, JSON.stringify({ label: 'late', scopes: ['forward'] }))
    await upload.sent
    await tenant.api.json('DELETE', tenant.path(`invitations/${invitation.id}`))
    upload.finish()
    expect(await upload.status).toBe(401)
    expect((await tenant.api.json('GET', tenant.path('app-keys'))).body).toEqual([])
  })

  it('has left only app keys that call and read', async () => {
    const { api, invitation } = await tenant.newGuest()
    const create = (scopes: readonly string[]) =>
      api.json<{ appKey: string }>('POST', tenant.path('app-keys'), { label: 'k', scopes })
    const made = await create(['forward', 'mtls:read'])
    const createdBy = `invitation ${invitation.id} "${invitation.label}"`
    expect(made).toMatchObject({ status: 201, body: { createdBy } })
    for (const scope of ['mtls:write', 'mtls:admin']) {
      expectProblem(await create(['forward', scope]), 403, 'SCOPE_NOT_GRANTABLE')
    }
    const { body } = await tenant.api.json('DELETE', tenant.path(`invitations/${invitation.id}`))
    expect(body).toMatchObject({ id: invitation.id, appKeys: [{ appKey: made.body.appKey, label: 'k' }] })
    const { body: left } = await tenant.api.json('GET', tenant.path('app-keys'))
    expect(left).toMatchObject([{ appKey: made.body.appKey, createdBy }])
  })
})

it('an invitation ends when it says', async () => {
  const expiresAt = new Date(Date.now() + 8_000).toISOString()
  const [used, unused] = [await tenant.invite({ expiresAt }), await tenant.invite({ expiresAt })]
  const guest = system.toConfigApi({ bearer: (await tenant.redeem(used)).token })
  const late = await eventually(
    () => guest.json('GET', tenant.path('certificates')),
    ({ status }) => status !== 200,
  )
  expectProblem(late, 401, 'TOKEN_EXPIRED')
  expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(expiresAt))
  expectProblem(await redeemInTurn(unused.code), 410, 'INVITATION_VOID')
})
