import { randomBytes } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { digestOf, type Invitation, parseAccountId, parseRecordId } from '@mtls-gateway/domain'
import {
  AppKeyMacs,
  hasRightMac,
  InvitationVerifier,
  type MacKey,
  newInvitationSecret,
  parseInvitationSecret,
  refusedInvitations,
} from '../src/index.ts'

const accountId = parseAccountId('le_12-3')
const id = parseRecordId(randomBytes(16).toString('base64url'))
const name = { accountId, id }
const macKey: MacKey = { number: 1, key: randomBytes(32) }
const now = Date.parse('2026-01-02T00:00:00.000Z')

function setup(parts: Partial<Invitation> = {}) {
  const token = newInvitationSecret('token', name, macKey)
  const invitation: Invitation = {
    id,
    label: 'Anna "A" of Bank',
    scopes: ['mtls:read'],
    createdAt: '2026-01-01T00:00:00.000Z',
    createdBy: 'alice',
    expiresAt: '2026-01-02T00:00:00.001Z',
    codeSha256: digestOf('code'),
    redeemedAt: '2026-01-01T00:00:00.000Z',
    tokenSha256: digestOf(token),
    ...parts,
  }
  const macs = new AppKeyMacs({ load: async () => [macKey], oldKeys: 'accept' })
  macs.learn([macKey])
  const state = { invitation: invitation as Invitation | undefined, looks: 0, now }
  const find = async () => {
    state.looks++
    return state.invitation
  }
  const verifier = new InvitationVerifier({ invitations: { find }, macs, clock: () => state.now })
  return { state, token, macs, verify: (text: string) => verifier.verify(text) }
}

const invalid = { code: 'TOKEN_INVALID' }

describe('the token of an invitation', () => {
  it('is good for its account and its scopes, and names the invitation', async () => {
    const { verify, token } = setup()
    expect(await verify(token)).toEqual({
      kind: 'bearer',
      subject: `invitation ${id} "Anna "A" of Bank"`,
      accounts: new Set([accountId]),
      scopes: new Set(['mtls:read']),
      expiresAtMs: now + 1,
      invitation: id,
    })
  })

  it('ends with the invitation, and at once when that is gone', async () => {
    const { verify, token, state } = setup()
    state.now += 1
    await expect(verify(token)).rejects.toMatchObject({ code: 'TOKEN_EXPIRED' })
    state.now -= 1
    await verify(token)
    state.invitation = undefined
    await expect(verify(token)).rejects.toMatchObject(invalid)
  })

  it('is not any other that the gateway has made', async () => {
    const { verify, state } = setup()
    await expect(verify(newInvitationSecret('token', name, macKey))).rejects.toMatchObject(invalid)
    state.invitation = { ...setup().state.invitation, tokenSha256: undefined } as never
    await expect(verify(newInvitationSecret('token', name, macKey))).rejects.toMatchObject(invalid)
  })

  it('that somebody invents costs no look-up, whatever of it is changed', async () => {
    const { verify, token, state } = setup()
    const code = newInvitationSecret('code', name, macKey)
    const others = [
      ...Array.from(
        token,
        (character, at) => token.slice(0, at) + (character === 'A' ? 'B' : 'A') + token.slice(at + 1),
      ),
      token.replace('le_12-3', 'le_12-4'),
      token.slice(0, -1),
      `${token}A`,
      code,
      code.replace('mtlsinvite_', 'mtlsi_'),
      newInvitationSecret('token', name, { number: 1, key: randomBytes(32) }),
      'mtlsi_',
    ]
    for (const text of others) await expect(verify(text)).rejects.toMatchObject(invalid)
    expect(state.looks).toBe(0)
  })

  it('is in no refusal', async () => {
    const { verify, token, state } = setup()
    state.invitation = undefined
    for (const text of [token, `${token}A`]) {
      const error = await verify(text).catch((thrown: unknown) => thrown)
      expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(token.slice(-20))
    }
    await expect(refusedInvitations.verify(token, '192.0.2.1')).rejects.toMatchObject(invalid)
  })
})

describe('the code of an invitation', () => {
  it('names its account and the invitation, and is no token', () => {
    const code = newInvitationSecret('code', name, macKey)
    expect(parseInvitationSecret('code', code)).toEqual(name)
    expect(parseInvitationSecret('token', code)).toBeUndefined()
    expect(hasRightMac(code, setup().macs)).toBe(true)
  })

  it('is another one each time', () => {
    const codes = Array.from({ length: 100 }, () => newInvitationSecret('code', name, macKey).split('.')[2])
    expect(new Set(codes.map((secret) => secret?.slice(2, 44))).size).toBe(100)
  })
})
