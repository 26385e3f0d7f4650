import { type Command, type CommandContext, changedMappings } from '../account/command.ts'
import { CodedError } from '../errors/coded-error.ts'
import type { CertificateId, MappingId } from '../identifiers/ids.ts'
import { sharingCaRecords } from '../mappings/ca-records.ts'
import type { Mapping } from '../mappings/mapping.ts'
import type { MappingTls } from '../mappings/mapping-tls.ts'
import type { MappingTrust } from '../mappings/mapping-trust.ts'
import type { MappingUrl } from '../mappings/mapping-url.ts'
import type { MessageSignature } from '../mappings/message-signature.ts'
import type { AskedTargetAuth, TargetAuth } from '../mappings/target-auth.ts'
import { throwFaults } from './entry-faults.ts'
import { faultsOf, faultsOfIds } from './mapping-faults.ts'
import { withMappingsLeft } from './mapping-promotion.ts'
import { type ChangeDescription, nextAccount } from './next-account.ts'
import { withoutPromotion } from './pinned-mappings.ts'
import { changedTargetAuths, newTargetAuths } from './target-auths.ts'

export interface NewMapping {
  readonly id: MappingId
  readonly name: string
  readonly serviceId: string
  readonly url: MappingUrl
  readonly enable: boolean
  readonly certificateId: CertificateId
  readonly targetTrust?: MappingTrust | undefined
  readonly targetAuth?: AskedTargetAuth | undefined
  readonly targetTls?: MappingTls | undefined
  readonly messageSignature?: MessageSignature | undefined
  readonly answerTimeoutSeconds?: number | undefined
}

/** What is undefined stays as it is. */
export interface MappingUpdate {
  readonly id: MappingId
  readonly name?: string | undefined
  readonly serviceId?: string | undefined
  readonly url?: MappingUrl | undefined
  readonly enable?: boolean | undefined
  readonly certificateId?: CertificateId | undefined
  /** Null removes it. */
  readonly targetTrust?: MappingTrust | null | undefined
  /** Null removes it. */
  readonly targetAuth?: AskedTargetAuth | null | undefined
  /** Null removes it. */
  readonly targetTls?: MappingTls | null | undefined
  /** Null removes it. */
  readonly messageSignature?: MessageSignature | null | undefined
  /** Null removes it. */
  readonly answerTimeoutSeconds?: number | null | undefined
  readonly deleted?: boolean | undefined
}

export interface UpdatedMapping {
  readonly before: Mapping
  readonly mapping: Mapping
  readonly deleted: boolean
}

/** All or none. @throws CodedError with every fault by index */
export function createMappings(context: CommandContext, entries: readonly NewMapping[]): Command<readonly Mapping[]> {
  return (account) => {
    const share = sharingCaRecords(account)
    const auths = newTargetAuths(context, entries)
    const added = entries.map(
      ({ targetTrust, targetTls, targetAuth: _, messageSignature, answerTimeoutSeconds, ...entry }, index) => ({
        ...entry,
        ...(auths[index] && { targetAuth: auths[index] }),
        ...(messageSignature && { messageSignature }),
        ...(targetTrust && { targetTrust: share(targetTrust) }),
        ...(targetTls && { targetTls }),
        ...(answerTimeoutSeconds && { answerTimeoutSeconds }),
        revision: account.revision + 1,
      }),
    )
    const mappings = [...account.mappings, ...added]
    throwFaults(faultsOf(account, context, mappings, added), entries.length)
    const description: ChangeDescription = { action: 'mappings.create', subjects: added.map(subjectOf) }
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
): Command<readonly UpdatedMapping[]> {
  return (account) => {
    const byId = new Map(account.mappings.map((mapping) => [mapping.id, mapping]))
    throwFaults(faultsOfIds(updates, byId), updates.length)
    const share = sharingCaRecords(account)
    const auths = changedTargetAuths(context, updates, byId)
    const result = updates.map((update, index): UpdatedMapping => {
      const before = byId.get(update.id)
      if (!before) throw new TypeError('updates are checked against the account first')
      const mapping = mergeMapping(before, {
        ...update,
        ...(update.targetTrust && { targetTrust: share(update.targetTrust) }),
        targetAuth: auths[index] ?? null,
      })
      return { before, mapping: { ...mapping, revision: account.revision + 1 }, deleted: update.deleted === true }
    })
    for (const { mapping, deleted } of result) {
      if (deleted) byId.delete(mapping.id)
      else byId.set(mapping.id, mapping)
    }
    const mappings = [...byId.values()]
    throwFaults(
      faultsOf(
        account,
        context,
        mappings,
        result.map(({ mapping, deleted }) => (deleted ? undefined : mapping)),
      ),
      updates.length,
    )
    const description: ChangeDescription = {
      action: 'mappings.update',
      subjects: result.map(({ mapping }) => subjectOf(mapping)),
      subjectRevision: result[0]?.before.revision,
      fields: changedFields(result),
    }
    const before = result.map((each) => each.before)
    const moment = { at: context.at, revision: account.revision + 1 }
    const parts = withMappingsLeft(account, mappings, before, moment)
    return { account: nextAccount(account, context, description, parts), result, revoked: [changedMappings] }
  }
}

/** @throws CodedError `MAPPING_NOT_FOUND` */
export function deleteMapping(context: CommandContext, id: MappingId): Command<Mapping> {
  return (account) => {
    const mapping = account.mappings.find((candidate) => candidate.id === id)
    if (!mapping) throw mappingNotFound(id)
    const mappings = account.mappings.filter((candidate) => candidate.id !== id)
    const subjectRevision = mapping.revision
    const description: ChangeDescription = {
      action: 'mappings.delete',
      subjects: [subjectOf(mapping)],
      subjectRevision,
    }
    const moment = { at: context.at, revision: account.revision + 1 }
    const parts = withMappingsLeft(account, mappings, [mapping], moment)
    const next = nextAccount(account, context, description, parts)
    return { account: next, result: mapping, revoked: [changedMappings] }
  }
}

export function mappingNotFound(id: MappingId | string): CodedError {
  return new CodedError('MAPPING_NOT_FOUND', `This account has no mapping ${id}. List the mappings for ids.`)
}

/** The mapping with what the update names; the rest stays as it is. */
export function mergeMapping(
  {
    targetTrust: presentTrust,
    targetAuth: presentAuth,
    targetTls: presentTls,
    messageSignature: presentSignature,
    answerTimeoutSeconds: presentTimeout,
    prepared,
    ...whole
  }: Mapping,
  update: Omit<MappingUpdate, 'id' | 'targetAuth'> & { readonly targetAuth?: TargetAuth | null | undefined },
): Mapping {
  // What it was pinned to is a version of the certificate that it had.
  const isMoved = update.certificateId !== undefined && update.certificateId !== whole.certificateId
  // What the owner of one target has said says nothing of another.
  const isElsewhere = update.url !== undefined && update.url !== whole.url
  const present = isMoved ? withoutPromotion(whole) : whole
  const targetTrust = update.targetTrust === undefined ? presentTrust : update.targetTrust
  const targetAuth = update.targetAuth === undefined ? presentAuth : update.targetAuth
  const targetTls = update.targetTls === undefined ? presentTls : update.targetTls
  const messageSignature = update.messageSignature === undefined ? presentSignature : update.messageSignature
  const answerTimeoutSeconds = update.answerTimeoutSeconds === undefined ? presentTimeout : update.answerTimeoutSeconds
  return {
    ...present,
    name: update.name ?? present.name,
    serviceId: update.serviceId ?? present.serviceId,
    url: update.url ?? present.url,
    enable: update.enable ?? present.enable,
    certificateId: update.certificateId ?? present.certificateId,
    ...(!isMoved && !isElsewhere && prepared && { prepared }),
    ...(targetTrust && { targetTrust }),
    ...(targetAuth && { targetAuth }),
    ...(targetTls && { targetTls }),
    ...(messageSignature && { messageSignature }),
    ...(answerTimeoutSeconds && { answerTimeoutSeconds }),
  }
}

const mutableFields = [
  'name',
  'serviceId',
  'url',
  'enable',
  'certificateId',
  'targetTrust',
  'targetAuth',
  'targetTls',
  'messageSignature',
  'answerTimeoutSeconds',
] as const

function changedFields(updated: readonly UpdatedMapping[]): readonly string[] {
  const isChanged = (field: (typeof mutableFields)[number]) =>
    updated.some(({ before, mapping }) => JSON.stringify(before[field]) !== JSON.stringify(mapping[field]))
  return [...mutableFields.filter(isChanged), ...(updated.some(({ deleted }) => deleted) ? ['deleted'] : [])]
}

function subjectOf({ id, name }: Mapping): string {
  return `${id} ${name}`
}
