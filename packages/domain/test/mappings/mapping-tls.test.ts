import { describe, expect, it } from '@jest/globals'
import {
  createCertificates,
  createMappings,
  emptyAccount,
  type MappingTls,
  offeredTlsVersions,
  tlsKey,
  updateMappings,
} from '../../src/index.ts'
import { accountId, context, mappingId, newCertificate, newMapping } from '../account-fixtures.ts'

describe('the TLS settings of a mapping', () => {
  const { account: withCertificate } = createCertificates(context('c-1'), [newCertificate(1, 'c1')])(
    emptyAccount(accountId),
  )
  const targetTls: MappingTls = { maxVersion: '1.2' }
  const { account } = createMappings(context('c-2'), [
    { ...newMapping(1, 'm1', 1), targetTls },
    newMapping(2, 'm2', 1),
  ])(withCertificate)

  it('are part of it, where there are any', () => {
    expect(account.mappings[0]?.targetTls).toEqual(targetTls)
    expect(account.mappings[1]).not.toHaveProperty('targetTls')
  })

  it('are kept by an update that leaves them out, replaced whole, and removed by null; the audit names them', () => {
    const update = (changed?: MappingTls | null) => {
      const { account: after } = updateMappings(context('c-3'), [{ id: mappingId(1), targetTls: changed }])(account)
      return { tls: after.mappings.find(({ id }) => id === 1)?.targetTls, fields: after.changes.at(-1)?.fields ?? [] }
    }
    expect(update()).toEqual({ tls: targetTls, fields: [] })
    expect(update({ legacyRenegotiation: true })).toEqual({ tls: { legacyRenegotiation: true }, fields: ['targetTls'] })
    expect(update(null)).toEqual({ tls: undefined, fields: ['targetTls'] })
  })

  it.each<[MappingTls, readonly string[]]>([
    [{}, ['1.2', '1.3']],
    [{ legacyRenegotiation: true }, ['1.2', '1.3']],
    [{ minVersion: '1.3' }, ['1.3']],
    [{ minVersion: '1.2', maxVersion: '1.2' }, ['1.2']],
    [{ minVersion: '1.3', maxVersion: '1.2' }, []],
    [{ ciphers: ['ECDHE-RSA-AES128-GCM-SHA256'] }, ['1.2']],
    [{ ciphers: ['ECDHE-RSA-AES128-GCM-SHA256', 'TLS_AES_128_GCM_SHA256'] }, ['1.2', '1.3']],
    [{ ciphers: ['ECDHE-RSA-AES128-GCM-SHA256'], minVersion: '1.3' }, []],
    [{ groups: ['X25519MLKEM768'] }, ['1.3']],
    [{ groups: ['brainpoolP256r1'] }, ['1.2']],
    [{ groups: ['brainpoolP256r1', 'X25519'] }, ['1.2', '1.3']],
    [{ groups: ['X25519MLKEM768'], ciphers: ['AES128-SHA'] }, []],
  ])('%j offer %j', (tls, versions) => {
    expect(offeredTlsVersions(tls)).toEqual(versions)
  })

  it('have a key of their own, whatever they differ in', () => {
    const all: readonly MappingTls[] = [
      { minVersion: '1.2' },
      { maxVersion: '1.2' },
      { legacyRenegotiation: true },
      { ciphers: ['AES128-SHA'] },
      { groups: ['X25519', 'P-256'] },
      { groups: ['P-256', 'X25519'] },
    ]
    expect(new Set(all.map(tlsKey)).size).toBe(all.length)
    expect(all.map(tlsKey).join('')).not.toContain(' ')
  })
})
