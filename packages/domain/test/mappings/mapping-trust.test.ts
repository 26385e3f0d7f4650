import { createHash } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import {
  type Account,
  caRecordId,
  createCertificates,
  createMappings,
  emptyAccount,
  type MappingTrust,
  namedCaRecords,
  parseServerName,
  parseSpkiPin,
  updateMappings,
} from '../../src/index.ts'
import { accountId, context, mappingId, newCertificate, newMapping } from '../account-fixtures.ts'

const sha256 = (text: string) => createHash('sha256').update(text)
const recordOf = (certificates: string, random: string) => caRecordId(sha256(certificates).digest('base64url'), random)

function accountWith(...trusts: readonly (MappingTrust | undefined)[]): Account {
  const { account } = createCertificates(context('c-1'), [newCertificate(1, 'c1')])(emptyAccount(accountId))
  const entries = trusts.map((targetTrust, index) => ({ ...newMapping(index + 1, `m${index}`, 1), targetTrust }))
  return createMappings(context('c-2'), entries)(account).account
}

const trustsOf = ({ mappings }: Account) => mappings.map(({ targetTrust }) => targetTrust)

describe('the trust of a mapping', () => {
  const trust: MappingTrust = { caRecordId: recordOf('ca', 'one'), serverName: 'inner.example' }

  it('is part of it, where there is one', () => {
    const account = accountWith(trust, undefined)
    expect(trustsOf(account)).toEqual([trust, undefined])
    expect(account.mappings[1]).not.toHaveProperty('targetTrust')
  })

  it('is kept by an update that leaves it out, replaced whole, and removed by null', () => {
    const update = (targetTrust?: MappingTrust | null) =>
      trustsOf(updateMappings(context('c-3'), [{ id: mappingId(1), targetTrust }])(accountWith(trust)).account)
    expect(update()).toEqual([trust])
    expect(update({ serverName: 'other.example' })).toEqual([{ serverName: 'other.example' }])
    expect(update(null)).toEqual([undefined])
  })

  it('shares the record of the same CA certificates, and tells after an update what it was', () => {
    const account = accountWith(trust, { serverName: 'plain.example' })
    const again = { caRecordId: recordOf('ca', 'two') }
    const changed = updateMappings(context('c-3'), [{ id: mappingId(2), targetTrust: again }])(account)
    expect(trustsOf(changed.account)[1]).toEqual({ caRecordId: trust.caRecordId })
    expect(changed.result).toMatchObject([{ before: { targetTrust: { serverName: 'plain.example' } } }])
    const other = { caRecordId: recordOf('another ca', 'two') }
    const apart = updateMappings(context('c-3'), [{ id: mappingId(2), targetTrust: other }])(account)
    expect([...namedCaRecords(apart.account)]).toEqual([trust.caRecordId, other.caRecordId])
  })

  it('does not take a record again that no mapping names: it may be on its way out', () => {
    const unnamed = updateMappings(context('c-3'), [{ id: mappingId(1), targetTrust: null }])(accountWith(trust))
    expect([...namedCaRecords(unnamed.account)]).toEqual([])
    const again = { caRecordId: recordOf('ca', 'two') }
    const named = updateMappings(context('c-4'), [{ id: mappingId(1), targetTrust: again }])(unnamed.account)
    expect([...namedCaRecords(named.account)]).toEqual([again.caRecordId])
  })
})

describe('what a trust is made of', () => {
  it('are pins of 32 bytes', () => {
    const pin = `sha256/${sha256('key').digest('base64')}`
    expect(parseSpkiPin(pin)).toBe(pin)
    const wrong = [
      '',
      'sha256/',
      pin.slice(7),
      pin.replace('256', '1'),
      pin.slice(0, -1),
      `${pin}=`,
      `sha256/${'A'.repeat(42)}B=`,
    ]
    for (const text of wrong) expect(() => parseSpkiPin(text)).toThrow('32 bytes')
  })

  it('is a server name, no address', () => {
    expect(parseServerName('Inner.Example')).toBe('inner.example')
    for (const text of [
      '',
      'a b',
      '*.example',
      '10.0.0.1',
      '[::1]',
      'a.example:443',
      'a.example.',
      'https://a.example',
    ]) {
      expect(() => parseServerName(text)).toThrow('not a host name')
    }
  })
})
