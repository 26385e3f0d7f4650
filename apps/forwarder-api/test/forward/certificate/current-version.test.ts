import { describe, expect, it } from '@jest/globals'
import { CodedError, parseAccountId, parseRecordId } from '@mtls-gateway/domain'
import type { AccountReader } from '@mtls-gateway/registry'
import { isCurrent, isStillCurrent, refuseRevoked } from '../../../src/forward/certificate/current-version.ts'

const accountId = parseAccountId('le123')
const [current, replaced] = [parseRecordId('A'.repeat(22)), parseRecordId('B'.repeat(22))]
const credentials = (versionId: typeof current) => ({ versionId, privateKey: '', certificates: '' })
const identity = (versionId: typeof current, key?: string) => ({
  credentials: credentials(versionId),
  trust: key === undefined ? undefined : { key },
})
/** A copy in which the current version is mapped with these trusts. */
const copy = (...trusts: readonly (string | undefined)[]) => ({
  isMapped: (versionId: string, trust: string | undefined) => versionId === current && trusts.includes(trust),
})

/** The needed part of a reader: a copy, and what has been revoked. */
const reader = (account: unknown, revoked: readonly string[] = []) =>
  ({ get: () => account, isRevoked: (_: string, id: string) => revoked.includes(id) }) as unknown as AccountReader

describe('a version whose key was being read', () => {
  it('is current as long as the account has it', () => {
    const accounts = reader(copy(undefined))
    expect(isCurrent(accounts, accountId, identity(current))).toBe(true)
    expect(isCurrent(accounts, accountId, identity(replaced))).toBe(false)
    expect(isCurrent(reader(undefined), accountId, identity(current))).toBe(false)
  })

  it('is current with the trust that a mapping has, and with no other', () => {
    const accounts = reader(copy('trusted'))
    expect(isCurrent(accounts, accountId, identity(current, 'trusted'))).toBe(true)
    expect(isCurrent(accounts, accountId, identity(current, 'before'))).toBe(false)
    expect(isCurrent(accounts, accountId, identity(current))).toBe(false)
  })

  it('counts as current where that takes a look at the store, whatever comes of that', () => {
    const failing = Promise.reject(new CodedError('STORE_UNAVAILABLE', 'no'))
    expect(isCurrent(reader(failing), accountId, identity(current))).toBe(true)
  })

  it('is looked at for certain after a wait: a copy that is not held is waited for', async () => {
    const coming = Promise.resolve(copy(undefined))
    expect(await isStillCurrent(reader(coming), accountId, identity(replaced))).toBe(false)
    expect(await isStillCurrent(reader(coming), accountId, identity(current))).toBe(true)
    expect(isStillCurrent(reader(copy('trusted')), accountId, identity(current, 'before'))).toBe(false)
    expect(isStillCurrent(reader(undefined), accountId, identity(current))).toBe(false)
  })

  it('is refused once it is revoked', () => {
    const accounts = reader(copy(undefined), [current])
    expect(() => refuseRevoked(accounts, accountId, credentials(current))).toThrow(
      expect.objectContaining({ code: 'CLIENT_KEY_MISSING' }),
    )
    expect(() => refuseRevoked(accounts, accountId, undefined)).not.toThrow()
  })
})
