import { describe, expect, it } from '@jest/globals'
import { createCertificates, createMappings, deleteMapping, emptyAccount, type Precondition } from '../../src/index.ts'
import { accountId, context, mappingId, newCertificate, newMapping } from '../account-fixtures.ts'

/** At revision 3; its first mapping was changed last at revision 2. */
const account = [
  createCertificates(context('change-1'), [newCertificate(1, 'c1')]),
  createMappings(context('change-2'), [newMapping(1, 'm1', 1)]),
  createMappings(context('change-3'), [newMapping(2, 'm2', 1)]),
].reduce((before, command) => command(before).account, emptyAccount(accountId))

const conditional = (of: Precondition['of'], ...revisions: number[]) => ({
  ...context('change-4'),
  precondition: { of, revisions },
})

describe('a precondition', () => {
  it('of a subject holds while nothing but other subjects was changed', () => {
    expect(deleteMapping(conditional('subject', 2), mappingId(1))(account).account.revision).toBe(4)
    expect(() => deleteMapping(conditional('subject', 3), mappingId(1))(account)).toThrow(
      expect.objectContaining({ code: 'PRECONDITION_FAILED', details: { revision: 2 } }),
    )
  })

  it('of the account holds while nothing at all was changed', () => {
    const create = (...revisions: number[]) =>
      createMappings(conditional('account', ...revisions), [newMapping(3, 'm3', 1)])(account)
    expect(create(1, 3).account.revision).toBe(4)
    expect(() => create(2)).toThrow(expect.objectContaining({ code: 'PRECONDITION_FAILED' }))
    expect(() => create()).toThrow(expect.objectContaining({ code: 'PRECONDITION_FAILED' }))
  })

  it('is looked at after everything else that is wrong', () => {
    const taken = createMappings(conditional('account', 1), [newMapping(3, 'm1', 1)])
    expect(() => taken(account)).toThrow(expect.objectContaining({ code: 'MAPPING_NAME_TAKEN' }))
  })
})
