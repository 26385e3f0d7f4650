import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { Account, Command, CommandContext } from '../../src/index.ts'
import {
  type Certificate,
  createCertificates,
  createMappings,
  deleteCertificate,
  deleteMapping,
  emptyAccount,
  isRequested,
  replaceCertificates,
  updateMappings,
  versionsOf,
} from '../../src/index.ts'
import {
  accountId,
  certificateId,
  context,
  mappingId,
  newCertificate,
  newMapping,
  version,
} from '../account-fixtures.ts'
import { versionCommands } from '../version-commands.ts'

const id = fc.integer({ min: 1, max: 5 })
const name = fc.constantFrom('a', 'b', 'c')
const url = fc.constantFrom('https://t.example/1', 'https://t.example/2', 'https://t.example/3')
type Maker = (context: CommandContext) => Command<unknown>

const command: fc.Arbitrary<Maker> = fc.oneof(
  fc.tuple(id, name).map(
    ([i, n]): Maker =>
      (c) =>
        createCertificates(c, [{ ...newCertificate(i, n), version: version(c.changeId) }]),
  ),
  fc.tuple(id, name).map(
    ([i, n]): Maker =>
      (c) =>
        replaceCertificates(c, [{ id: certificateId(i), name: n, version: version(c.changeId) }]),
  ),
  id.map(
    (i): Maker =>
      (c) =>
        deleteCertificate(c, certificateId(i)),
  ),
  fc.tuple(id, name, id, url).map(
    ([i, n, k, u]): Maker =>
      (c) =>
        createMappings(c, [newMapping(i, n, k, u)]),
  ),
  fc
    .tuple(id, fc.option(name, { nil: undefined }), fc.option(id, { nil: undefined }), fc.boolean())
    .map(([i, n, k, deleted]): Maker => {
      const certificate = k === undefined ? undefined : certificateId(k)
      return (c) => updateMappings(c, [{ id: mappingId(i), name: n, certificateId: certificate, deleted }])
    }),
  id.map(
    (i): Maker =>
      (c) =>
        deleteMapping(c, mappingId(i)),
  ),
)

const versionCommand: fc.Arbitrary<Maker> = fc.tuple(id, fc.constantFrom(...versionCommands())).map(
  ([i, make]): Maker =>
    (c) =>
      make(c, certificateId(i)),
)

const unique = (values: readonly unknown[]) => new Set(values).size === values.length

/** A version in use and since when, or a key that waits to become it. */
function hasWhatItNeeds({ current, currentSince, staged, previous, revision }: Certificate): boolean {
  if (current) return currentSince !== undefined && currentSince <= revision
  return staged !== undefined && isRequested(staged) && currentSince === undefined && previous === undefined
}

function holds(account: Account): boolean {
  const certificates = new Set(account.certificates.map((certificate) => certificate.id))
  return (
    unique(account.certificates.map((certificate) => certificate.name)) &&
    unique(account.mappings.map((mapping) => mapping.name)) &&
    unique(account.mappings.map((mapping) => `${mapping.serviceId} ${mapping.url}`)) &&
    account.mappings.every((mapping) => certificates.has(mapping.certificateId)) &&
    account.certificates.every(hasWhatItNeeds) &&
    unique(account.certificates.flatMap(versionsOf).map(({ keyId }) => keyId)) &&
    account.changes.length === account.revision &&
    account.changes.every((change, index) => change.revision === index + 1)
  )
}

describe('whatever commands are applied', () => {
  it('names and triplets stay unique, no mapping dangles, each change has its audit entry, and applying again gives the same', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(command, versionCommand), { maxLength: 30 }), (makers) => {
        let account = emptyAccount(accountId)
        makers.forEach((make, index) => {
          const before = JSON.stringify(account)
          const apply = make(context(`change-${index}`))
          try {
            const next = apply(account).account
            expect(apply(account).account).toEqual(next)
            expect(JSON.stringify(account)).toBe(before)
            account = next
          } catch (error) {
            expect(error).toMatchObject({ name: 'CodedError' })
          }
          expect(holds(account)).toBe(true)
        })
      }),
      { numRuns: 500 },
    )
  })
})
