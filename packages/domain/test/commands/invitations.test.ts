import { describe, expect, it } from '@jest/globals'
import {
  type Account,
  type CommandContext,
  changeSettings,
  createAppKey,
  createInvitation,
  openInvitations,
  parseRecordId,
  redeemInvitation,
  revokeInvitation,
  type Scope,
} from '../../src/index.ts'
import { context } from '../account-fixtures.ts'
import { after, errorOf } from '../applying.ts'
import { code, inviter, newInvitation, token } from '../invitations.ts'

const at = (day: number, changeId = `change-${day}`): CommandContext => ({
  ...context(changeId),
  at: `2026-01-${String(day).padStart(2, '0')}T03:04:05.000Z`,
})
const by = (id: string, changeId: string): CommandContext => ({
  ...context(changeId),
  actor: `invitation ${id} "${id} of bank"`,
  invitation: parseRecordId(id),
})
const invite = (id: string, parts: Parameters<typeof newInvitation>[1] = {}, by = context(id)) =>
  createInvitation(by, newInvitation(id, parts), inviter)
const redeem = (id: string, context = at(3)) =>
  redeemInvitation(context, parseRecordId(id), { codeSha256: code(id), tokenSha256: token(id) })
const idsOf = ({ invitations = [] }: Account) => invitations.map(({ id }) => id)

describe('an invitation', () => {
  it('is made with who invites, and without any secret', () => {
    const { account, result } = invite('i1')(after())
    expect(account.invitations).toEqual([result])
    expect(result).toEqual({ ...newInvitation('i1'), createdAt: context().at, createdBy: 'tester' })
    expect(account.changes).toMatchObject([{ action: 'invitations.create', subjects: ['i1 i1 of bank'] }])
  })

  it('names its maker as the audit does, whatever the subject of a token', () => {
    const actor = `https://login.example#${'a'.repeat(9_000)}`
    const { account, result } = invite('i1', {}, { ...context('i1'), actor })(after())
    expect(account.changes[0]?.actor).toHaveLength(256)
    expect(result.createdBy).toBe(account.changes[0]?.actor)
  })

  it('is redeemed once, and tells the one who has its code that it was', () => {
    const { account, result, revoked } = redeem('i1')(after(invite('i1')))
    expect(result).toMatchObject({ id: 'i1', redeemedAt: at(3).at, tokenSha256: token('i1') })
    expect(account.changes.at(-1)).toMatchObject({ action: 'invitations.redeem', subjects: ['i1 i1 of bank'] })
    expect(revoked).toEqual(['code of i1'])
    const again = errorOf(() => redeem('i1', at(4))(account))
    expect(again).toMatchObject({
      code: 'INVITATION_VOID',
      message: expect.stringContaining('redeemed on 2026-01-03 03:04 UTC,'),
    })
  })

  it.each([
    ['is not there', after()],
    ['has another code', after(invite('i1', { codeSha256: code('other') }))],
    ['was redeemed, and has another code', after(invite('i1'), redeem('i1'))],
    ['has expired, and has another code', after(invite('i1'))],
  ])('that %s is the same to who has a wrong code', (_, account) => {
    const command = redeemInvitation(at(20), parseRecordId('i1'), { codeSha256: 'x'.repeat(43), tokenSha256: 't' })
    const message = errorOf(() => redeem('nothing')(after())).message
    expect(errorOf(() => command(account))).toMatchObject({ code: 'INVITATION_UNKNOWN', message })
  })

  it('that has expired is not redeemed, and is dropped by the next change whatever that is', () => {
    const account = after(invite('short'), invite('long', { expiresAt: '2026-01-30T00:00:00.000Z' }))
    expect(errorOf(() => redeem('short', at(9))(account)).code).toBe('INVITATION_VOID')
    const { account: later } = changeSettings(at(9), { unmappedCalls: 'refuse' })(account)
    expect(idsOf(later)).toEqual(['long'])
    expect(errorOf(() => redeem('short', at(10))(later)).code).toBe('INVITATION_UNKNOWN')
    expect(idsOf(changeSettings(at(8), { unmappedCalls: 'refuse' })(account).account)).toEqual(['short', 'long'])
  })

  it('is one of 20 that have not expired', () => {
    const full = after(...Array.from({ length: 20 }, (_, n) => invite(`i${n}`)))
    expect(errorOf(() => invite('more')(full))).toMatchObject({ code: 'TOO_MANY_INVITATIONS', details: { limit: 20 } })
    expect(idsOf(invite('more', { expiresAt: at(20).at }, at(9, 'c'))(full).account)).toEqual(['more'])
    expect(openInvitations(full, at(9).at)).toEqual([])
  })

  it.each([
    ['ends in the past', { expiresAt: '2026-01-02T03:04:05.000Z' }, 'EXPIRY_NOT_IN_FUTURE'],
    ['lasts longer than 30 days', { expiresAt: '2026-02-01T03:04:05.001Z' }, 'EXPIRY_TOO_LATE'],
  ])('that %s is refused', (_, parts, expected) => {
    expect(errorOf(() => invite('i1', parts)(after()))).toMatchObject({
      code: expected,
      details: { field: 'expiresAt' },
    })
    expect(() => invite('i1', { expiresAt: '2026-02-01T03:04:05.000Z' })(after())).not.toThrow()
  })

  it('has at most the scopes of who invites', () => {
    const admin: ReadonlySet<Scope> = new Set(['mtls:admin', 'forward'])
    const command = createInvitation(context(), newInvitation('i1', { scopes: ['mtls:admin', 'mtls:write'] }), admin)
    expect(errorOf(() => command(after()))).toMatchObject({
      code: 'SCOPE_NOT_GRANTABLE',
      details: { scope: 'mtls:write' },
    })
  })

  it('that is revoked is gone, with its code', () => {
    const { account, result, revoked } = revokeInvitation(context('c'), 'i1')(after(invite('i1'), invite('i2')))
    expect([idsOf(account), result.invitation.id, revoked]).toEqual([['i2'], 'i1', ['i1']])
    expect(errorOf(() => redeem('i1')(account)).code).toBe('INVITATION_UNKNOWN')
    expect(errorOf(() => revokeInvitation(context('c'), 'i1')(account)).code).toBe('INVITATION_NOT_FOUND')
  })
})

describe('somebody who was invited', () => {
  const admin = after(invite('boss'), redeem('boss', context('redeemed')))

  it('changes nothing any more once that is revoked or has expired, however early the request came', () => {
    const change = changeSettings(by('boss', 'c'), { unmappedCalls: 'refuse' })
    expect(change(admin).account.changes.at(-1)).toMatchObject({ actor: 'invitation boss "boss of bank"' })
    const { account: revoked } = revokeInvitation(context('r'), 'boss')(admin)
    expect(errorOf(() => change(revoked)).code).toBe('TOKEN_INVALID')
    const late = { ...by('boss', 'c'), at: at(9).at }
    expect(errorOf(() => changeSettings(late, { unmappedCalls: 'refuse' })(admin)).code).toBe('TOKEN_INVALID')
  })

  it('invites nobody for longer than they are here', () => {
    const expiresAt = '2026-01-09T03:04:05.001Z'
    expect(errorOf(() => invite('guest', { expiresAt }, by('boss', 'c'))(admin))).toMatchObject({
      code: 'EXPIRY_TOO_LATE',
      message: expect.stringContaining('2026-01-09T03:04:05.000Z'),
    })
    const { result } = invite('guest', {}, by('boss', 'c'))(admin)
    expect(result).toMatchObject({ parent: 'boss', createdBy: 'invitation boss "boss of bank"' })
  })

  it('takes along whom they have invited, and whom those have invited', () => {
    const account = [
      invite('guest', {}, by('boss', 'c1')),
      redeem('guest', context('c2')),
      invite('guests-guest', {}, by('guest', 'c3')),
      invite('other', {}, context('c4')),
    ].reduce((before, command) => command(before).account, admin)
    const { account: left, revoked } = revokeInvitation(context('c5'), 'boss')(account)
    expect(revoked).toEqual(['boss', 'guest', 'guests-guest'])
    expect(idsOf(left)).toEqual(['other'])
    expect(left.changes.at(-1)).toMatchObject({
      subjectCount: 3,
      subjects: ['boss boss of bank', ...revoked.slice(1).map((id) => `${id} ${id} of bank`)],
    })
  })

  it.each([
    ['mtls:write', 'refused'],
    ['mtls:admin', 'refused'],
    ['mtls:read', 'made'],
    ['forward', 'made'],
  ] as const)('may outlive the invitation by an app key with %s: %s', (scope, outcome) => {
    const appKey = { id: parseRecordId('k1'), label: 'k', createdAt: at(3).at, expiresAt: null }
    const command = createAppKey(by('boss', 'c'), { ...appKey, scopes: [scope] })
    if (outcome === 'made') expect(command(admin).result.scopes).toEqual([scope])
    else expect(errorOf(() => command(admin))).toMatchObject({ code: 'SCOPE_NOT_GRANTABLE', details: { scope } })
  })

  it('leaves app keys, which are named when the invitation is revoked, whoever of those with it made them', () => {
    const make = (id: string, context: CommandContext) =>
      createAppKey(context, {
        ...{ id: parseRecordId(id), label: `label of ${id}`, scopes: ['forward'] },
        ...{ createdAt: at(3).at, expiresAt: null },
      })
    const account = [
      make('k1', by('boss', 'c1')),
      invite('guest', {}, by('boss', 'c2')),
      redeem('guest', context('c3')),
      make('k2', by('guest', 'c4')),
      make('k3', context('c5')),
    ].reduce<Account>((before, command) => command(before).account, admin)
    const { account: left, result } = revokeInvitation(context('c6'), 'boss')(account)
    expect(result.appKeys.map(({ id }) => id)).toEqual(['k1', 'k2'])
    expect(left.appKeys.map(({ id }) => id)).toEqual(['k1', 'k2', 'k3'])
  })

  it('makes no app key that reads if they may not', () => {
    const blind = after(invite('boss', { scopes: ['mtls:admin'] }), redeem('boss', context('redeemed')))
    const appKey = { id: parseRecordId('k1'), label: 'k', createdAt: at(3).at, expiresAt: null }
    const command = createAppKey(by('boss', 'c'), { ...appKey, scopes: ['mtls:read'] })
    expect(errorOf(() => command(blind)).code).toBe('SCOPE_NOT_GRANTABLE')
  })
})
