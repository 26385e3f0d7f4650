import { describe, expect, it } from '@jest/globals'
import { parseAccountId, parseRecordId } from '@mtls-gateway/domain'
import { accountPath, kindFolder, recordFolder, recordPath } from '../../src/index.ts'

describe('a path', () => {
  it('is made of the kind, the account and the record', () => {
    const account = parseAccountId('acme')

    expect(accountPath(account)).toBe('accounts/acme')
    expect(recordPath('app-keys', account, parseRecordId('k1'))).toBe('app-keys/acme/k1')
    expect(recordFolder('audit', account)).toBe('audit/acme/')
    expect(kindFolder('chains')).toBe('chains/')
  })

  // hashi-vault-js reads another tenant's secret at `a/../b`, and cuts a path at `?` and `#`.
  it.each(['..', '.', '', 'a/b', 'a?b', 'a#b', 'a%2fb', 'a\\b', 'ä', 'a b', 'a\u0000'])('can’t hold %j', (segment) => {
    expect(() => parseAccountId(segment)).toThrow()
    expect(() => parseRecordId(segment)).toThrow()
  })
})
