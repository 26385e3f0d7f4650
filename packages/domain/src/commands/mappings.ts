import type { Account, Mapping } from '../account.ts'
import { CodedError } from '../coded-error.ts'
import type { Command, CommandContext } from '../command.ts'
import type { CertificateId, MappingId } from '../ids.ts'
import type { MappingUrl } from '../mapping-url.ts'
import { type EntryFault, throwFaults } from './entry-faults.ts'
import { nextAccount } from './next-account.ts'

export interface NewMapping {
  readonly id: MappingId
  readonly name: string
  readonly serviceId: string
  readonly url: MappingUrl
  readonly enable: boolean
  readonly certificateId: CertificateId
}

/** What is undefined stays as it is. */
export interface MappingUpdate {
  readonly id: MappingId
  readonly name?: string | undefined
  readonly serviceId?: string | undefined
  readonly url?: MappingUrl | undefined
  readonly enable?: boolean | undefined
  readonly certificateId?: CertificateId | undefined
  readonly deleted?: boolean | undefined
}

/** All or none. @throws CodedError with every fault by index */
export function createMappings(context: CommandContext, entries: readonly NewMapping[]): Command<readonly Mapping[]> {
  return (account) => {
    const added = entries.map((entry) => ({ ...entry, revision: account.revision + 1 }))
    const mappings = [...account.mappings, ...added]
    throwFaults(faultsOf(account, mappings, added))
    const description = { action: 'mappings.create', subjects: added.map(subjectOf) }
    return { account: nextAccount(account, context, description, { mappings }), result: added, revoked: [] }
  }
}

/**
 * All or none; uniqueness is that of the result, so that two mappings may swap names or urls in one request.
 * A `deleted` one is removed and in the result as it was.
 * @throws CodedError with every fault by index
 */
export function updateMappings(
  context: CommandContext,
  updates: readonly MappingUpdate[],
): Command<readonly { readonly mapping: Mapping; readonly deleted: boolean }[]> {
  return (account) => {
    const byId = new Map(account.mappings.map((mapping) => [mapping.id, mapping]))
    const faults = updates.flatMap(({ id }, index) => {
      if (byId.has(id)) return updates.findIndex((other) => other.id === id) === index ? [] : [namedTwice(index)]
      return [{ index, code: 'MAPPING_NOT_FOUND' as const, message: `This account has no mapping ${id}.` }]
    })
    throwFaults(faults)
    const result = updates.map((update) => ({
      mapping: merge(byId.get(update.id), update, account.revision + 1),
      deleted: update.deleted === true,
    }))
    for (const { mapping, deleted } of result) {
      if (deleted) byId.delete(mapping.id)
      else byId.set(mapping.id, mapping)
    }
    const mappings = [...byId.values()]
    throwFaults(
      faultsOf(
        account,
        mappings,
        result.map(({ mapping, deleted }) => (deleted ? undefined : mapping)),
      ),
    )
    const description = { action: 'mappings.update', subjects: result.map(({ mapping }) => subjectOf(mapping)) }
    return { account: nextAccount(account, context, description, { mappings }), result, revoked: [] }
  }
}

/** @throws CodedError `MAPPING_NOT_FOUND` */
export function deleteMapping(context: CommandContext, id: MappingId): Command<Mapping> {
  return (account) => {
    const mapping = account.mappings.find((candidate) => candidate.id === id)
    if (!mapping) throw mappingNotFound(id)
    const mappings = account.mappings.filter((candidate) => candidate.id !== id)
    const description = { action: 'mappings.delete', subjects: [subjectOf(mapping)] }
    return { account: nextAccount(account, context, description, { mappings }), result: mapping, revoked: [] }
  }
}

export function mappingNotFound(id: MappingId | string): CodedError {
  return new CodedError('MAPPING_NOT_FOUND', `This account has no mapping ${id}. List the mappings for ids.`)
}

/** Faults of the entries against the account as it would be; an undefined entry is one that goes. */
function faultsOf(
  account: Account,
  mappings: readonly Mapping[],
  entries: readonly (Mapping | undefined)[],
): readonly EntryFault[] {
  const certificates = new Set(account.certificates.map(({ id }) => id))
  const names = countBy(mappings, ({ name }) => name)
  const triplets = countBy(mappings, tripletOf)
  return entries.flatMap((entry, index): EntryFault[] => {
    if (!entry) return []
    const faults: EntryFault[] = []
    if (!certificates.has(entry.certificateId)) {
      const message = `This account has no certificate ${entry.certificateId}.`
      faults.push({ index, code: 'MAPPING_CERTIFICATE_UNKNOWN', message, field: 'certificationId' })
    }
    if ((names.get(entry.name) ?? 0) > 1) {
      const message = `The name "${entry.name}" is used by another mapping of this account.`
      faults.push({ index, code: 'MAPPING_NAME_TAKEN', message, field: 'name' })
    }
    if ((triplets.get(tripletOf(entry)) ?? 0) > 1) {
      const message = 'Another mapping of this account has the same service and url; update that one.'
      faults.push({ index, code: 'MAPPING_ALREADY_EXISTS', message, field: 'url' })
    }
    return faults
  })
}

function merge(present: Mapping | undefined, update: MappingUpdate, revision: number): Mapping {
  if (!present) throw new TypeError('updates are checked against the account first')
  return {
    id: present.id,
    name: update.name ?? present.name,
    serviceId: update.serviceId ?? present.serviceId,
    url: update.url ?? present.url,
    enable: update.enable ?? present.enable,
    certificateId: update.certificateId ?? present.certificateId,
    revision,
  }
}

function namedTwice(index: number): EntryFault {
  return { index, code: 'VALIDATION_FAILED', message: 'This id is in the list twice.', field: 'id' }
}

function tripletOf({ serviceId, url }: Mapping): string {
  return `${serviceId} ${url}`
}

function subjectOf({ id, name }: Mapping): string {
  return `${id} ${name}`
}

function countBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>()
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1)
  return counts
}
