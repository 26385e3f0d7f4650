import { describe, expect, it } from '@jest/globals'
import {
  activateMapping,
  changeSettings,
  createCertificates,
  createMappings,
  deleteMapping,
  parseMappingUrl,
  parseRecordId,
  updateMappings,
} from '../../src/index.ts'
import { certificateId, context, mappingId, newCertificate, newMapping } from '../account-fixtures.ts'
import { after, errorOf } from '../applying.ts'

const url = parseMappingUrl('https://*/*')
const admin = (changeId: string) => ({ ...context(changeId), isAdmin: true })
const entry = { ...newMapping(1, 'any', 1), url }
const plain = [createCertificates(context('c'), [newCertificate(1, 'c1')])]
const refusing = [...plain, changeSettings(context('s'), { unmappedCalls: 'refuse' })]
const mapped = [...refusing, createMappings(admin('m'), [entry])]

describe('a mapping of any host', () => {
  it('is made and changed by administrators alone, and deleted by anybody who may write', () => {
    expect(after(...mapped).mappings).toMatchObject([{ url: 'https://*/*' }])
    const isRefused = { code: 'SCOPE_MISSING' }
    expect(errorOf(() => after(...refusing, createMappings(context('m'), [entry])))).toMatchObject(isRefused)
    const change = [{ id: mappingId(1), name: 'renamed' }]
    expect(errorOf(() => after(...mapped, updateMappings(context('u'), change)))).toMatchObject(isRefused)
    expect(after(...mapped, updateMappings(admin('u'), change)).mappings).toMatchObject([{ name: 'renamed' }])
    expect(after(...mapped, deleteMapping(context('d'), mappingId(1))).mappings).toEqual([])
    const deletion = updateMappings(context('d'), [{ id: mappingId(1), deleted: true }])
    expect(after(...mapped, deletion).mappings).toEqual([])
  })

  it('does not come by an update of another, or by an activation, either', () => {
    const other = [...refusing, createMappings(context('m'), [newMapping(1, 'one', 1)])]
    const move = updateMappings(context('u'), [{ id: mappingId(1), url }])
    expect(errorOf(() => after(...other, move))).toMatchObject({ code: 'SCOPE_MISSING' })
    const activation = { certificateId: certificateId(1), serviceId: '1', url }
    const refused = errorOf(() => after(...refusing, activateMapping(context('a'), mappingId(2), activation)))
    expect(refused).toMatchObject({ code: 'SCOPE_MISSING', details: { field: 'url' } })
    const activated = after(...refusing, activateMapping(admin('a'), mappingId(2), activation))
    expect(activated.mappings).toMatchObject([{ url }])
  })

  it('has no secrets for whatever host a call names', () => {
    const targetAuth = { type: 'headers' as const, headers: [{ name: 'X-Key', secretId: parseRecordId('s') }] }
    const refused = errorOf(() => after(...refusing, createMappings(admin('m'), [{ ...entry, targetAuth }])))
    expect(refused).toMatchObject({ code: 'TARGET_AUTH_INVALID', message: expect.stringContaining('targetAuth') })
    const keyed = createMappings(admin('m'), [{ ...newMapping(1, 'one', 1), targetAuth }])
    const move = updateMappings(admin('u'), [{ id: mappingId(1), url, targetAuth }])
    expect(errorOf(() => after(...refusing, keyed, move))).toMatchObject({ code: 'TARGET_AUTH_INVALID' })
  })

  it('needs an account that refuses unmapped calls, and keeps it so', () => {
    const code = 'UNMAPPED_CALLS_NOT_REFUSED'
    expect(errorOf(() => after(...plain, createMappings(admin('m'), [entry])))).toMatchObject({ code })
    const allow = changeSettings(admin('s2'), { unmappedCalls: 'plain' })
    expect(errorOf(() => after(...mapped, allow))).toMatchObject({ code, message: expect.stringContaining('"any"') })
    const allowed = after(...mapped, deleteMapping(context('d'), mappingId(1)), allow)
    expect(allowed.settings).toMatchObject({ unmappedCalls: 'plain' })
  })
})
