import { describe, expect, it } from '@jest/globals'
import { parseAccountId, parseRecordId } from '@mtls-gateway/domain'
import type { AccountReader } from '@mtls-gateway/registry'
import { refuseRevoked } from '../../../src/forward/certificate/current-version.ts'

const accountId = parseAccountId('le123')
const versionId = parseRecordId('A'.repeat(22))

describe('a version', () => {
  it('is refused once it is revoked', () => {
    const accounts = { isRevoked: (_: string, id: string) => id === versionId } as unknown as AccountReader
    expect(() => refuseRevoked(accounts, accountId, { versionId, privateKey: '', certificates: '' })).toThrow(
      expect.objectContaining({ code: 'CLIENT_KEY_MISSING' }),
    )
    expect(() => refuseRevoked(accounts, accountId, undefined)).not.toThrow()
  })
})
