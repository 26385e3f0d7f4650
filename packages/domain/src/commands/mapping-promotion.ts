import type { Account } from '../account/account.ts'
import { type Command, type CommandContext, changedMappings } from '../account/command.ts'
import type { Certificate, CertificateVersion } from '../certificates/certificate.ts'
import { isRequested, withCurrent } from '../certificates/certificate-versions.ts'
import { presentedVersion } from '../certificates/presented-version.ts'
import { CodedError } from '../errors/coded-error.ts'
import type { CertificateId, MappingId, RecordId } from '../identifiers/ids.ts'
import type { Mapping, PromotionState } from '../mappings/mapping.ts'
import { type CertificateChanged, changeCertificate, findCertificate } from './certificate-change.ts'
import { unpinned, withoutPinned, withoutPromotion } from './pinned-mappings.ts'
import { checkPromotion, type Promotion } from './staged-versions.ts'
import { previousNotFound, refuseExpired, stagedNotFound, stagedPending, versionChanged } from './version-errors.ts'

/**
 * Has some mappings present what is staged, while the others go on with the version in use. Those that were rolled back
 * to the previous version, while nothing is staged, present the version in use again. When none is left, what is
 * staged is in use for the whole certificate.
 *
 * @param promotion undefined: no certificate was staged when it was asked for
 * @throws CodedError as `promoteStaged`; `MAPPING_NOT_OF_CERTIFICATE`
 */
export function promoteMappings(
  context: CommandContext,
  id: CertificateId,
  ids: readonly MappingId[],
  promotion: Promotion | undefined,
): Command<CertificateChanged> {
  return (account) => {
    const named = namedMappings(account, id, ids)
    const applied = changeCertificate(account, context, id, {
      action: 'certificates.promote-mappings',
      subjects: [...named.values()].map(subjectOf),
      change: ({ staged, ...certificate }, moment) => {
        const { current } = certificate
        if (promotion === undefined) {
          if (staged && !isRequested(staged)) throw versionChanged()
          if (!current || ![...named.values()].every(({ pinned }) => pinned !== undefined)) {
            throw staged ? stagedPending() : stagedNotFound()
          }
          const mappings = changed(account, named, moment, () => ({ state: 'presents', version: current.versionId }))
          return { certificate: withPinned({ ...certificate, ...(staged && { staged }) }, [], mappings), mappings }
        }
        const { version } = promotion
        const idle = checkPromotion({ ...certificate, ...(staged && { staged }) }, promotion, context)
        const mappings = changed(account, named, moment, () => ({
          ...{ state: 'presents', version: version.versionId },
          pinned: version.versionId,
        }))
        const isLast = mappings.every((each) => each.certificateId !== id || each.pinned === version.versionId)
        if (!isLast) {
          return {
            certificate: withPinned({ ...certificate, ...(staged && { staged }) }, [version], mappings),
            mappings,
          }
        }
        return {
          certificate: withCurrent(withoutPinned(certificate), { ...idle, ...version }, moment),
          dropped: certificate.previous,
          mappings: unpinned(mappings, id, moment.revision),
        }
      },
    })
    return { ...applied, revoked: [...applied.revoked, changedMappings] }
  }
}

/**
 * Takes some mappings back: from what is staged to the version in use, or from that to the previous one.
 *
 * @param previous whole; undefined: the certificate had none when it was asked for
 * @throws CodedError `CERTIFICATE_NOT_FOUND`, `PREVIOUS_NOT_FOUND`, `VERSION_CHANGED`, `CERTIFICATE_EXPIRED`,
 *   `MAPPING_NOT_OF_CERTIFICATE`
 */
export function rollBackMappings(
  context: CommandContext,
  id: CertificateId,
  ids: readonly MappingId[],
  previous: CertificateVersion | undefined,
): Command<CertificateChanged> {
  return (account) => {
    const named = namedMappings(account, id, ids)
    const applied = changeCertificate(account, context, id, {
      action: 'certificates.roll-back-mappings',
      subjects: [...named.values()].map(subjectOf),
      change: (certificate, moment) => {
        const { current, staged } = certificate
        const mappings = changed(account, named, moment, (mapping) => {
          if (mapping.pinned !== undefined && mapping.pinned === staged?.versionId) {
            return { state: 'rolledBack', version: mapping.pinned }
          }
          if (mapping.pinned !== undefined || !current) return undefined
          if (certificate.previous?.versionId !== previous?.versionId) throw versionChanged()
          if (!previous) throw previousNotFound()
          refuseExpired(previous, context.at)
          return { state: 'rolledBack', version: current.versionId, pinned: previous.versionId }
        })
        return { certificate: withPinned(certificate, previous ? [previous] : [], mappings), mappings }
      },
    })
    return { ...applied, revoked: [...applied.revoked, changedMappings] }
  }
}

export interface MappingInPromotion {
  readonly mapping: Mapping
  readonly state: PromotionState | 'waiting'
  readonly since: string | undefined
}

export interface PromotionProgress {
  /** What is being promoted: what is staged, or the version in use from which mappings were rolled back. */
  readonly version: RecordId
  /** How many mappings do not present it yet. */
  readonly left: number
  readonly mappings: readonly MappingInPromotion[]
}

/** How far a promotion of some mappings has come; undefined where all of them present the version in use. */
export function promotionProgress(
  { mappings }: Pick<Account, 'mappings'>,
  certificate: Certificate,
): PromotionProgress | undefined {
  const { id, staged, current } = certificate
  const own = mappings.filter((mapping) => mapping.certificateId === id)
  const promoted = [staged?.versionId, current?.versionId].find((version) =>
    own.some(({ promotion }) => version !== undefined && promotion?.version === version),
  )
  if (promoted === undefined) return undefined
  const states = own.map((mapping) => {
    const { promotion } = mapping
    const isOf = promotion?.version === promoted
    const presents = presentedVersion(mapping, certificate)?.versionId === promoted
    const state = presents ? 'presents' : isOf ? promotion.state : 'waiting'
    return { mapping, state, since: isOf ? promotion.since : undefined } as const
  })
  const left = states.filter(({ state }) => state !== 'presents').length
  return left === 0 ? undefined : { version: promoted, left, mappings: states }
}

type Position = { readonly state: PromotionState; readonly version: RecordId; readonly pinned?: RecordId }

/** The account's mappings, with these in another position; those of which `position` says nothing stay as they are. */
function changed(
  { mappings }: Account,
  named: ReadonlyMap<MappingId, Mapping>,
  { at, revision }: { readonly at: string; readonly revision: number },
  position: (mapping: Mapping) => Position | undefined,
): readonly Mapping[] {
  return mappings.map((mapping) => {
    const next = named.has(mapping.id) ? position(mapping) : undefined
    if (next === undefined) return mapping
    const { state, version, pinned } = next
    const promotion = { version, state, since: at }
    return { ...withoutPromotion(mapping), ...(pinned && { pinned }), promotion, revision }
  })
}

/** The certificate with those of its versions that mappings name. @param read further ones, whole */
function withPinned(
  certificate: Certificate,
  read: readonly CertificateVersion[],
  mappings: readonly Mapping[],
): Certificate {
  const used = new Set(
    mappings.flatMap(({ certificateId, pinned }) => (certificateId === certificate.id ? (pinned ?? []) : [])),
  )
  const { pinned = [], ...rest } = certificate
  const known = new Map([...pinned, ...read].map((version) => [version.versionId, version]))
  const kept = [...known.values()].filter(({ versionId }) => used.has(versionId))
  return { ...rest, ...(kept.length > 0 && { pinned: kept }) }
}

/** @throws CodedError `MAPPING_NOT_OF_CERTIFICATE`, `CERTIFICATE_NOT_FOUND` */
function namedMappings(
  account: Account,
  id: CertificateId,
  ids: readonly MappingId[],
): ReadonlyMap<MappingId, Mapping> {
  findCertificate(account, id)
  const own = new Map(account.mappings.flatMap((each) => (each.certificateId === id ? [[each.id, each] as const] : [])))
  const strange = ids.filter((each) => !own.has(each))
  if (strange.length > 0) {
    const shown = strange.slice(0, 10).join(', ') + (strange.length > 10 ? ', ...' : '')
    throw new CodedError(
      'MAPPING_NOT_OF_CERTIFICATE',
      `These are no mappings of this certificate: ${shown}. List its mappings for their ids.`,
    )
  }
  return new Map(
    ids.flatMap((each) => {
      const mapping = own.get(each)
      return mapping ? [[each, mapping] as const] : []
    }),
  )
}

function subjectOf({ id, name }: Mapping): string {
  return `mapping ${id} ${name}`
}
