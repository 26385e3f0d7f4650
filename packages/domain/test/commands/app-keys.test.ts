import { describe, expect, it } from '@jest/globals'
import { createAppKey, deleteAppKey, parseRecordId } from '../../src/index.ts'
import { context } from '../account-fixtures.ts'
import { after, errorOf } from '../applying.ts'

describe('app keys', () => {
  const appKey = (id: string) => ({
    id: parseRecordId(id),
    label: id,
    scopes: ['forward'] as const,
    createdAt: '2026-01-01T00:00:00.000Z',
    expiresAt: null,
  })

  it('are at most 50 an account', () => {
    const full = after(...Array.from({ length: 50 }, (_, i) => createAppKey(context(`c${i}`), appKey(`k${i}`))))
    expect(errorOf(() => createAppKey(context('more'), appKey('k50'))(full)).code).toBe('TOO_MANY_APP_KEYS')
  })

  it('that are limited to services change nothing of their account', () => {
    const limited = { ...appKey('k1'), services: ['1', '3'] as const }
    expect(after(createAppKey(context(), limited)).appKeys).toMatchObject([{ services: ['1', '3'] }])
    for (const scope of ['mtls:write', 'mtls:admin'] as const) {
      const command = createAppKey(context(), { ...limited, scopes: ['forward', scope] })
      expect(errorOf(() => command(after())).code).toBe('SCOPE_NOT_GRANTABLE')
    }
  })

  it('stop at once when they are deleted', () => {
    const account = after(createAppKey(context(), appKey('k1')))
    expect(deleteAppKey(context('change-2'), 'k1')(account).revoked).toEqual(['k1'])
    expect(errorOf(() => deleteAppKey(context('change-2'), 'other')(account)).code).toBe('APP_KEY_NOT_FOUND')
  })
})
