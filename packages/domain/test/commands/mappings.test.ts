import { describe, expect, it } from '@jest/globals'
import { changedMappings, createMappings, deleteMapping, type NewMapping, updateMappings } from '../../src/index.ts'
import { context, mappingId, newMapping } from '../account-fixtures.ts'
import { errorOf, withMappings } from '../applying.ts'

describe('mappings', () => {
  it('are saved all or none, and every fault is told by index', () => {
    const account = withMappings()
    const error = errorOf(() =>
      createMappings(context('change-3'), [
        newMapping(20, 'fine', 1),
        newMapping(21, 'm1', 1),
        newMapping(22, 'no certificate', 7),
        newMapping(23, 'same triplet', 1, 'https://t.example/10'),
      ])(account),
    )
    expect(error.code).toBe('VALIDATION_FAILED')
    expect(error.details.errors).toMatchObject([
      { index: 1, code: 'MAPPING_NAME_TAKEN' },
      { index: 2, code: 'MAPPING_CERTIFICATE_UNKNOWN' },
      { index: 3, code: 'MAPPING_ALREADY_EXISTS' },
    ])
  })

  it('that are made again are a conflict, which tells both what is taken', () => {
    const error = errorOf(() =>
      createMappings(context('change-3'), [newMapping(20, 'm1', 1, 'https://t.example/10')])(withMappings()),
    )
    expect(error.code).toBe('MAPPING_NAME_TAKEN')
    expect(error.message).toMatch(/^The name "m1" .* the same service and url/)
    expect(error.details.errors).toMatchObject([{ index: 0 }, { index: 0, code: 'MAPPING_ALREADY_EXISTS' }])
  })

  it('are counted from 1 where there are several, as people count', () => {
    const list = (...names: string[]) => names.map((name, at) => newMapping(20 + at, name, 1))
    const messageOf = (entries: readonly NewMapping[]) =>
      errorOf(() => createMappings(context('change-3'), entries)(withMappings())).message
    expect(messageOf(list('new', 'm1'))).toBe(
      'In entry 2 of 2: The name "m1" is used by another mapping of this account. Nothing was saved.',
    )
    expect(messageOf(list('new', 'm1', 'same', 'same'))).toBe(
      '3 entries are wrong, the first is entry 2 of 4: The name "m1" is used by another mapping of this account. Nothing was saved.',
    )
  })

  it('share one code when every fault is of the same kind', () => {
    const error = errorOf(() => createMappings(context('change-3'), [newMapping(21, 'm1', 1)])(withMappings()))
    expect(error.code).toBe('MAPPING_NAME_TAKEN')
  })

  it('may swap names and urls in one request', () => {
    const account = withMappings()
    const [first, second] = account.mappings
    const { account: next } = updateMappings(context('change-3'), [
      { id: mappingId(10), name: 'm2', url: second?.url },
      { id: mappingId(11), name: 'm1', url: first?.url },
    ])(account)
    expect(next.mappings).toMatchObject([
      { id: 10, name: 'm2', url: second?.url },
      { id: 11, name: 'm1', url: first?.url },
    ])
  })

  it('keep what an update leaves out, and go when it says deleted', () => {
    const { account, result } = updateMappings(context('change-3'), [
      { id: mappingId(10), enable: false },
      { id: mappingId(11), deleted: true },
    ])(withMappings())
    expect(account.mappings).toMatchObject([{ id: 10, name: 'm1', enable: false, certificateId: 1 }])
    expect(result).toMatchObject([{ deleted: false }, { deleted: true, mapping: { id: 11 } }])
  })

  it('keep the time of their target to answer, until an update removes it', () => {
    const entry = { ...newMapping(20, 'slow', 1, 'https://t.example/slow'), answerTimeoutSeconds: 300 }
    let { account } = createMappings(context('change-3'), [entry])(withMappings())
    const slow = () => account.mappings.find(({ name }) => name === 'slow')
    const update = (answerTimeoutSeconds?: number | null) => {
      account = updateMappings(context('change-4'), [{ id: mappingId(20), answerTimeoutSeconds }])(account).account
    }
    expect(account.mappings[0]).not.toHaveProperty('answerTimeoutSeconds')
    update()
    expect(slow()).toMatchObject({ answerTimeoutSeconds: 300 })
    update(5)
    expect(slow()).toMatchObject({ answerTimeoutSeconds: 5 })
    expect(account.changes.at(-1)).toMatchObject({ fields: ['answerTimeoutSeconds'] })
    update(null)
    expect(slow()).not.toHaveProperty('answerTimeoutSeconds')
  })

  it('that are unknown or named twice are told by index', () => {
    const error = errorOf(() =>
      updateMappings(context('change-3'), [{ id: mappingId(10) }, { id: mappingId(10) }, { id: mappingId(99) }])(
        withMappings(),
      ),
    )
    expect(error.details.errors).toMatchObject([
      { index: 1, code: 'VALIDATION_FAILED' },
      { index: 2, code: 'MAPPING_NOT_FOUND' },
    ])
  })

  it('that are changed or deleted stop at once as they were, and those that are made stop nothing', () => {
    const updates = [
      { id: mappingId(10), name: 'renamed' },
      { id: mappingId(11), deleted: true },
    ]
    expect(updateMappings(context('change-3'), updates)(withMappings()).revoked).toEqual([changedMappings])
    expect(deleteMapping(context('change-3'), mappingId(10))(withMappings()).revoked).toEqual([changedMappings])
    expect(changedMappings).toBe('mappings')
    const made = [newMapping(20, 'more', 1, 'https://t.example/20')]
    expect(createMappings(context('change-3'), made)(withMappings()).revoked).toEqual([])
  })

  it('are deleted by id', () => {
    expect(deleteMapping(context('change-3'), mappingId(10))(withMappings()).account.mappings).toHaveLength(1)
    expect(errorOf(() => deleteMapping(context('change-3'), mappingId(99))(withMappings())).code).toBe(
      'MAPPING_NOT_FOUND',
    )
  })
})
