import { describe, expect, it } from '@jest/globals'
import { parseAccountId, ServiceCatalogue } from '@mtls-gateway/domain'
import type { Principal } from '@mtls-gateway/request-auth'
import { viewCaller } from '../../src/caller/caller-view.ts'

const services = new ServiceCatalogue([{ name: 'PAYMENTS', number: '90' }])
const principal: Principal = {
  kind: 'bearer',
  subject: 'issuer#alice',
  accounts: new Set([parseAccountId('le123')]),
  scopes: new Set(['mtls:admin', 'mtls:read']),
  expiresAtMs: Date.parse('2026-02-01T09:30:00.000Z'),
}

describe('a caller', () => {
  it('is shown with accounts, scopes and expiry', () => {
    expect(viewCaller(principal, services)).toEqual({
      kind: 'bearer',
      subject: 'issuer#alice',
      accounts: ['le123'],
      scopes: ['mtls:read', 'mtls:admin'],
      expiresAt: '2026-02-01T09:30:00.000Z',
    })
    expect(viewCaller({ ...principal, accounts: '*' }, services).accounts).toBe('*')
  })

  it('is shown with the services that it is limited to', () => {
    const limited = { ...principal, services: new Set(['90', services.resolve('IDP').number]) }
    expect(viewCaller(limited, services).services).toEqual(['IDP', 'PAYMENTS'])
  })

  it.each([Number.POSITIVE_INFINITY, Number.MAX_VALUE, 9e15])('never expires at %d', (expiresAtMs) => {
    expect(viewCaller({ ...principal, expiresAtMs }, services).expiresAt).toBeNull()
  })
})
