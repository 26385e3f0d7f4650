import { describe, expect, it } from '@jest/globals'
import { CodedError, parseAccountId, parseRecordId } from '@mtls-gateway/domain'
import type { AccountReader } from '@mtls-gateway/registry'
import { isCurrent, refuseRevoked } from '../src/forward/current-version.ts'

const accountId = parseAccountId('le123')
const [current, replaced] = [parseRecordId('A'.repeat(22)), parseRecordId('B'.repeat(22))]
const identity = (versionId: typeof current) => ({ versionId, privateKey: '', certificates: '' })

/** As much of a reader as is asked: a copy, and what has been revoked. */
const reader = (copy: unknown, revoked: readonly string[] = []) =>
  ({ get: () => copy, isRevoked: (_: string, id: string) => revoked.includes(id) }) as unknown as AccountReader

describe('a version whose key was being read', () => {
  it('is current as long as the account has it', () => {
    const accounts = reader({ versionIds: new Set([current]) })
    expect(isCurrent(accounts, accountId, identity(current))).toBe(true)
    expect(isCurrent(accounts, accountId, identity(replaced))).toBe(false)
    expect(isCurrent(reader(undefined), accountId, identity(current))).toBe(false)
  })

  it('counts as current where that takes a look at the store, whatever comes of that', () => {
    const failing = Promise.reject(new CodedError('STORE_UNAVAILABLE', 'no'))
    expect(isCurrent(reader(failing), accountId, identity(current))).toBe(true)
  })

  it('is refused once it is revoked', () => {
    const accounts = reader({ versionIds: new Set([current]) }, [current])
    expect(() => refuseRevoked(accounts, accountId, identity(current))).toThrow(
      expect.objectContaining({ code: 'CLIENT_KEY_MISSING' }),
    )
    expect(() => refuseRevoked(accounts, accountId, undefined)).not.toThrow()
  })
})
