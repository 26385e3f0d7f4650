import { createHash } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import {
  type Account,
  activateMapping,
  caRecordId,
  changedMappings,
  changeSettings,
  createCertificates,
  createMappings,
  deleteMapping,
  deleteTrust,
  type MappingTrust,
  namedCaRecords,
  parseMappingUrl,
  parseTrustName,
  setTrust,
  trustKey,
  updateMappings,
} from '../../src/index.ts'
import { certificateId, context, mappingId, newCertificate, newMapping } from '../account-fixtures.ts'
import { after, errorOf } from '../applying.ts'

const recordOf = (certificates: string, random: string) =>
  caRecordId(createHash('sha256').update(certificates).digest('base64url'), random)
const old = recordOf('old ca', 'one')
const renewed = recordOf('new ca', 'two')

const listOf = (name: string, id = old) => ({
  name,
  caRecordId: id,
  certificates: [{ subject: 'CN=ca', notAfter: '2030-01-01T00:00:00.000Z', fingerprintSha256: 'f' }],
})
const mapped = (id: number, targetTrust?: MappingTrust) => ({ ...newMapping(id, `m${id}`, 1), targetTrust })
const byList = { trust: 'bank-ca', serverName: 'inner.example' }
const trustsOf = ({ mappings }: Account) => mappings.map(({ targetTrust }) => targetTrust)

/** Two mappings that use a list, one with the same certificates of its own, and one with others. */
function account(): Account {
  return after(
    createCertificates(context('1'), [newCertificate(1, 'c1')]),
    setTrust(context('2'), listOf('bank-ca')),
    createMappings(context('3'), [
      mapped(1, byList),
      mapped(2, { trust: 'bank-ca' }),
      mapped(3, { caRecordId: recordOf('old ca', 'own') }),
      mapped(4, { caRecordId: recordOf('other ca', 'own') }),
    ]),
  )
}

describe('a trust list', () => {
  it('gives its record to the mappings that use it, which share it with those that have the same certificates', () => {
    const { mappings, trusts } = account()
    expect(trusts).toEqual([{ ...listOf('bank-ca'), revision: 2 }])
    const own = recordOf('other ca', 'own')
    expect(trustsOf({ mappings } as Account)).toEqual([
      { ...byList, caRecordId: old },
      { trust: 'bank-ca', caRecordId: old },
      { caRecordId: old },
      { caRecordId: own },
    ])
    expect([...namedCaRecords(account())]).toEqual([old, own])
  })

  it('changes all mappings that use it at once, and with them the key of their connections', () => {
    const before = account()
    const { account: changed, result, revoked } = setTrust(context('4'), listOf('bank-ca', renewed))(before)
    expect(result).toMatchObject({ before: { caRecordId: old }, trust: { caRecordId: renewed, revision: 4 } })
    expect(changed.revision).toBe(before.revision + 1)
    expect(trustsOf(changed).slice(0, 3)).toEqual([
      { ...byList, caRecordId: renewed },
      { trust: 'bank-ca', caRecordId: renewed },
      { caRecordId: old },
    ])
    expect(changed.mappings.map(({ revision }) => revision)).toEqual(before.mappings.map(({ revision }) => revision))
    const [one, other] = [before, changed].map(({ mappings: [first] }) => trustKey(first?.targetTrust ?? {}))
    expect(one).not.toBe(other)
    expect(revoked).toEqual([changedMappings])
    expect(changed.changes.at(-1)).toMatchObject({
      action: 'trusts.set',
      subjects: ['bank-ca', 'mapping 1', 'mapping 2'],
      fields: ['caCertificates'],
    })
  })

  it('stays as it is with the certificates that it has', () => {
    const before = account()
    expect(setTrust(context('4'), listOf('bank-ca', recordOf('old ca', 'again')))(before).account).toBe(before)
  })

  it('must be there for a mapping that names it', () => {
    const unknown = { trust: 'none' }
    const fault = { index: 0, code: 'MAPPING_TRUST_UNKNOWN', field: 'targetTrust.trust' }
    const refused = { code: 'MAPPING_TRUST_UNKNOWN', details: { errors: [fault] } }
    const update = updateMappings(context('4'), [{ id: mappingId(1), targetTrust: unknown }])
    expect(errorOf(() => createMappings(context('4'), [mapped(5, unknown)])(account()))).toMatchObject(refused)
    expect(errorOf(() => update(account()))).toMatchObject(refused)
    const { url, serviceId } = newMapping(6, 'm6', 1)
    const activation = { certificateId: certificateId(1), serviceId, url, targetTrust: unknown }
    expect(errorOf(() => activateMapping(context('4'), mappingId(6), activation)(account()))).toMatchObject({
      code: 'MAPPING_TRUST_UNKNOWN',
      details: { field: 'targetTrust.trust' },
    })
  })

  it('takes the place of the same certificates of the mapping itself, in an activation, too', () => {
    const { url, serviceId } = newMapping(3, 'm3', 1)
    const activation = { certificateId: certificateId(1), serviceId, url, targetTrust: { trust: 'bank-ca' } }
    const { account: changed } = activateMapping(context('4'), mappingId(9), activation)(account())
    expect(trustsOf(changed)[2]).toEqual({ trust: 'bank-ca', caRecordId: old })
    expect(activateMapping(context('5'), mappingId(9), activation)(changed).account).toBe(changed)
  })

  it('is deleted only once no mapping uses it, and the refusal names ten of them', () => {
    const many = createMappings(
      context('4'),
      Array.from({ length: 15 }, (_, at) => mapped(at + 10, { trust: 'bank-ca' })),
    )(account()).account
    const users = many.mappings.filter(({ targetTrust }) => targetTrust?.trust !== undefined)
    expect(errorOf(() => deleteTrust(context('5'), 'bank-ca')(many))).toMatchObject({
      code: 'TRUST_IN_USE',
      message: expect.stringContaining('used by 17 mapping(s)'),
      details: { mappings: users.slice(0, 10).map(({ id, name }) => ({ id, name })) },
    })
    const unused = [mappingId(1), mappingId(2)].reduce(
      (now, id, at) => deleteMapping(context(`d${at}`), id)(now).account,
      account(),
    )
    expect([...namedCaRecords({ mappings: [], trusts: unused.trusts ?? [] })]).toEqual([old])
    expect(deleteTrust(context('6'), 'bank-ca')(unused).account.trusts).toEqual([])
    expect(errorOf(() => deleteTrust(context('7'), 'none')(unused))).toMatchObject({ code: 'TRUST_NOT_FOUND' })
  })

  it('that a mapping of any host uses is set by administrators alone', () => {
    const admin = { ...context('5'), isAdmin: true }
    const anyHost = { ...mapped(5, { trust: 'bank-ca' }), url: parseMappingUrl('https://*/*') }
    const refusing = changeSettings(context('4'), { unmappedCalls: 'refuse' })(account()).account
    const whole = createMappings(admin, [anyHost])(refusing).account
    const renew = setTrust(context('6'), listOf('bank-ca', renewed))
    expect(errorOf(() => renew(whole))).toMatchObject({ code: 'SCOPE_MISSING' })
    const { account: changed } = setTrust({ ...admin, ...context('6') }, listOf('bank-ca', renewed))(whole)
    expect(trustsOf(changed).at(-1)).toEqual({ trust: 'bank-ca', caRecordId: renewed })
  })

  it('is one of at most 50', () => {
    const sets = Array.from({ length: 50 }, (_, at) => setTrust(context(`s${at}`), listOf(`l${at}`)))
    const full = after(...sets)
    expect(errorOf(() => setTrust(context('4'), listOf('another'))(full))).toMatchObject({
      code: 'TOO_MANY_TRUSTS',
      details: { limit: 50 },
    })
    expect(setTrust(context('4'), listOf('l7', renewed))(full).account.trusts).toHaveLength(50)
  })

  it('has a name that is a step of a url', () => {
    expect(parseTrustName('bank-ca-2', 'trust')).toBe('bank-ca-2')
    for (const name of ['', '.', 'a/b', 'A', 'a b', 'ä', 'a'.repeat(65)]) {
      expect(errorOf(() => parseTrustName(name, 'trust'))).toMatchObject({ code: 'VALIDATION_FAILED' })
    }
  })
})
