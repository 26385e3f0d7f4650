import type { Account } from '../account/account.ts'
import type { ChangeAction } from '../account/change-action.ts'
import { type Command, type CommandContext, changedMappings } from '../account/command.ts'
import type { Certificate, CertificateVersion } from '../certificates/certificate.ts'
import { isExpired } from '../certificates/certificate-status.ts'
import { isRequested } from '../certificates/certificate-versions.ts'
import { presentedVersion } from '../certificates/presented-version.ts'
import type { ProbeRecord } from '../certificates/probe-record.ts'
import { CodedError } from '../errors/coded-error.ts'
import type { CertificateId, MappingId, RecordId } from '../identifiers/ids.ts'
import { isTakenBack, type Mapping, type MappingPreparation, type MappingPromotion } from '../mappings/mapping.ts'
import { acceptsStaged, targetVerdicts } from '../queries/target-verdicts.ts'
import { type CertificateChanged, changeCertificate, findCertificate, type Moment } from './certificate-change.ts'
import { withoutPromotion } from './pinned-mappings.ts'
import { checkPromotion, type Promotion, promotedWhole } from './staged-versions.ts'
import { refuseUnfitSigner } from './unfit-signer.ts'
import { previousNotFound, refuseExpired, stagedNotFound, stagedPending, versionChanged } from './version-errors.ts'

/**
 * Has some mappings present what is staged, while the others go on with the version in use. Those that were rolled back
 * to the previous version, while nothing is staged, present the version in use again. When none is left, what is
 * staged is in use for the whole certificate.
 *
 * @param promotion undefined: no certificate was staged when it was asked for
 * @throws CodedError as `promoteStaged`; `MAPPING_NOT_OF_CERTIFICATE`; `VERSION_CHANGED` where a target does not accept
 *   it any more
 */
export function promoteMappings(
  context: CommandContext,
  id: CertificateId,
  ids: readonly MappingId[],
  promotion: Promotion | undefined,
): Command<CertificateChanged> {
  return changeMappings(context, id, ids, {
    action: 'certificates.promote-mappings',
    change: (certificate, moment, { named, move }) => {
      const { current, staged } = certificate
      if (promotion === undefined) {
        if (staged && !isRequested(staged)) throw versionChanged()
        if (!current || named.some(({ pinned }) => pinned === undefined)) {
          throw staged ? stagedPending() : stagedNotFound()
        }
        return withPinned(
          certificate,
          [],
          move(() => ({ state: 'presents', version: current.versionId })),
        )
      }
      const { versionId } = promotion.version
      // Targets that do not take it yet are those of other mappings: that is why it goes mapping by mapping.
      const { ifAccepted = false } = promotion
      const probe = probeOf(certificate)
      if (ifAccepted && !named.every(acceptsStaged({ versionId, probe }))) throw versionChanged()
      const verdictOf = targetVerdicts(probe)
      const isRefused = !ifAccepted && named.some((mapping) => verdictOf(mapping) === 'failed')
      const idle = checkPromotion(certificate, isRefused ? promotion : { ...promotion, ignoresProbe: true }, context)
      const mappings = move(() => ({ state: 'presents', version: versionId, pinned: versionId }))
      const isLeft = mappings.some(({ certificateId, pinned }) => certificateId === id && pinned !== versionId)
      refuseUnfitSigner(isLeft ? named : mappings, id, promotion.version)
      if (isLeft) return withPinned(certificate, [promotion.version], mappings)
      return promotedWhole(certificate, { ...idle, ...promotion.version }, mappings, moment)
    },
  })
}

/** What the target of a mapping refuses, and how: the code of the failure. */
export interface RefusedVersion {
  readonly version: RecordId
  readonly code: string
}

/**
 * Takes some mappings back: from what is staged to the version in use, or from that to the previous one.
 *
 * @param previous whole; undefined: the certificate had none when it was asked for
 * @param refusal what their targets refuse, and how; undefined: a person takes them back
 * @throws CodedError `CERTIFICATE_NOT_FOUND`, `PREVIOUS_NOT_FOUND`, `VERSION_CHANGED`, `CERTIFICATE_EXPIRED`,
 *   `MAPPING_NOT_OF_CERTIFICATE`
 */
export function rollBackMappings(
  context: CommandContext,
  id: CertificateId,
  ids: readonly MappingId[],
  previous: CertificateVersion | undefined,
  refusal?: RefusedVersion,
): Command<CertificateChanged> {
  const why = refusal && { code: refusal.code }
  return changeMappings(context, id, ids, {
    action: 'certificates.roll-back-mappings',
    change: (certificate, _, { move }) => {
      const { current, staged } = certificate
      const mappings = move((mapping) => {
        const { pinned } = mapping
        const presented = presentedVersion(mapping, certificate)?.versionId
        if (refusal && presented !== refusal.version) throw versionChanged()
        if (pinned !== undefined && pinned === staged?.versionId) {
          return { state: 'rolledBack', version: pinned, ...why }
        }
        if (pinned !== undefined || !current) return undefined
        if (certificate.previous?.versionId !== previous?.versionId) throw versionChanged()
        if (!previous) throw previousNotFound()
        refuseExpired(previous, context.at)
        return { state: 'rolledBack', version: current.versionId, pinned: previous.versionId, ...why }
      })
      return withPinned(certificate, previous ? [previous] : [], mappings)
    },
  })
}

/**
 * An account whose mappings are these from now on: some are gone, or have another certificate. What they leave forgets
 * versions that no mapping names any more, and where all that stay present what is staged, its promotion is complete.
 * The version that was the previous one until then is left to garbage collection.
 * @param before those that are changed, as they were
 */
export function withMappingsLeft(
  { certificates }: Account,
  left: readonly Mapping[],
  before: readonly Mapping[],
  moment: Moment,
): Pick<Account, 'certificates' | 'mappings'> {
  let mappings = left
  const touched = new Set(before.map(({ certificateId }) => certificateId))
  const settled = certificates.map((certificate) => {
    if (certificate.pinned === undefined || !touched.has(certificate.id)) return certificate
    const whole = completedPromotion(certificate, mappings, moment)
    if (whole?.mappings) mappings = whole.mappings
    return whole ? { ...whole.certificate, updatedAt: moment.at } : withPinned(certificate, [], mappings).certificate
  })
  return { certificates: settled, mappings }
}

/** Undefined: it is not complete, or what is staged could not be promoted any more, so that somebody has to decide. */
function completedPromotion(
  certificate: Certificate,
  mappings: readonly Mapping[],
  moment: Moment,
): CertificateChanged | undefined {
  const { id, staged, pinned = [] } = certificate
  const version = pinned.find(({ versionId }) => versionId === staged?.versionId)
  const own = mappings.filter((each) => each.certificateId === id)
  if (!version || !staged || isRequested(staged) || isExpired(version, Date.parse(moment.at))) return undefined
  if (own.length === 0 || own.some((each) => each.pinned !== version.versionId)) return undefined
  const { probe: _, ...idle } = staged
  return promotedWhole(certificate, { ...idle, ...version }, mappings, moment)
}

/**
 * The target of a mapping refuses what is presented there, and the version before as well: going back would help
 * nobody.
 * @throws CodedError `CERTIFICATE_NOT_FOUND`, `MAPPING_NOT_OF_CERTIFICATE`, `VERSION_CHANGED` (it presents another one)
 */
export function noteRefusal(
  context: CommandContext,
  id: CertificateId,
  mappingId: MappingId,
  { version, code }: RefusedVersion,
): Command<CertificateChanged> {
  return changeMappings(context, id, [mappingId], {
    action: 'certificates.note-refusal',
    change: (certificate, _, { move }) => {
      const mappings = move((mapping) => {
        if (presentedVersion(mapping, certificate)?.versionId !== version) throw versionChanged()
        const { pinned, promotion } = mapping
        const since = promotion?.version === version ? promotion.since : certificate.previous?.replacedAt
        return { state: 'presents', version, code, since, ...(pinned && { pinned }) }
      })
      return { certificate, mappings }
    },
  })
}

export interface MappingInPromotion {
  readonly mapping: Mapping
  /** `tested`: its target accepted what is staged in the last probe. */
  readonly state: MappingPreparation['state'] | MappingPromotion['state'] | 'waiting' | 'tested'
  readonly since: string | undefined
  /** How its target refuses the version, or the one in use while this one is only prepared. */
  readonly code: string | undefined
}

export interface PromotionProgress {
  /** What is being promoted: what is staged, or the version in use from which mappings were rolled back. */
  readonly version: RecordId
  /** How many mappings do not present it yet. */
  readonly left: number
  readonly mappings: readonly MappingInPromotion[]
}

/**
 * How far a promotion of some mappings has come; undefined where all of them present the version in use and work, and
 * nothing is known of what is staged.
 */
export function promotionProgress(
  { mappings }: Pick<Account, 'mappings'>,
  certificate: Certificate,
): PromotionProgress | undefined {
  const { id, staged, current } = certificate
  const own = mappings.filter((mapping) => mapping.certificateId === id)
  const probe = probeOf(certificate)
  const verdictOf = targetVerdicts(probe)
  const testedAt = (mapping: Mapping, version: RecordId) =>
    version === staged?.versionId && verdictOf(mapping) === 'accepted' ? probe?.at : undefined
  const isNamed = (version: RecordId) => (mapping: Mapping) =>
    mapping.promotion?.version === version ||
    mapping.prepared?.version === version ||
    testedAt(mapping, version) !== undefined
  const promoted = [staged?.versionId, current?.versionId].find(
    (version) => version !== undefined && own.some(isNamed(version)),
  )
  if (promoted === undefined) return undefined
  const states = own.map((mapping) => standing(mapping, certificate, promoted, testedAt(mapping, promoted)))
  const left = states.filter(({ state }) => state !== 'presents').length
  const isTold = left > 0 || states.some(({ code }) => code !== undefined)
  return isTold ? { version: promoted, left, mappings: states } : undefined
}

/**
 * Where a mapping stands in the promotion of a version. What its target has said itself, when it was tried, outweighs
 * what its owner says.
 */
function standing(
  mapping: Mapping,
  certificate: Certificate,
  version: RecordId,
  testedAt: string | undefined,
): MappingInPromotion {
  const { promotion } = mapping
  const since = promotion?.version === version ? promotion.since : undefined
  // A version that is gone says nothing of those that are there.
  const isKnown = promotion?.version === version || promotion?.version === certificate.current?.versionId
  const code = isKnown ? promotion?.code : undefined
  if (presentedVersion(mapping, certificate)?.versionId === version) return { mapping, state: 'presents', since, code }
  if (isTakenBack(mapping, version)) return { mapping, state: 'rolledBack', since, code }
  if (testedAt !== undefined) return { mapping, state: 'tested', since: testedAt, code }
  const prepared = mapping.prepared?.version === version ? mapping.prepared : undefined
  return { mapping, state: prepared?.state ?? 'waiting', since: prepared?.since, code }
}

/** How the last probe of what is staged ended. */
function probeOf({ staged }: Certificate): ProbeRecord | undefined {
  return staged && !isRequested(staged) ? staged.probe : undefined
}

/** Since now, unless it says since when. */
type Position = Omit<MappingPromotion, 'since'> & { readonly since?: string | undefined; readonly pinned?: RecordId }

interface NamedMappings {
  readonly named: readonly Mapping[]
  /** All of the account, with these in another position; those of which `position` says nothing stay as they are. */
  readonly move: (position: (mapping: Mapping) => Position | undefined) => readonly Mapping[]
}

interface MappingsChange {
  readonly action: ChangeAction
  readonly change: (certificate: Certificate, moment: Moment, mappings: NamedMappings) => CertificateChanged
}

/** A change of what some mappings of a certificate present. @throws CodedError `MAPPING_NOT_OF_CERTIFICATE` */
function changeMappings(
  context: CommandContext,
  id: CertificateId,
  ids: readonly MappingId[],
  { action, change }: MappingsChange,
): Command<CertificateChanged> {
  return (account) => {
    const named = namedMappings(account, id, ids)
    const applied = changeCertificate(account, context, id, {
      action,
      subjects: named.map((mapping) => `mapping ${mapping.id} ${mapping.name}`),
      change: (certificate, moment) => {
        const move = (position: (mapping: Mapping) => Position | undefined) => {
          const moved = new Map(named.map((mapping) => [mapping.id, moveTo(mapping, position(mapping), moment)]))
          return account.mappings.map((mapping) => moved.get(mapping.id) ?? mapping)
        }
        return change(certificate, moment, { named, move })
      },
    })
    return { ...applied, revoked: [...applied.revoked, changedMappings] }
  }
}

function moveTo(mapping: Mapping, position: Position | undefined, { at, revision }: Moment): Mapping {
  if (position === undefined) return mapping
  const { pinned, since = at, ...promotion } = position
  const { prepared } = mapping
  const pinnedDisabled = !mapping.enable || (mapping.pinned !== undefined && mapping.pinnedDisabled)
  return {
    ...withoutPromotion(mapping),
    ...(pinned && { pinned }),
    ...(pinnedDisabled && { pinnedDisabled }),
    promotion: { ...promotion, since },
    ...(prepared && prepared.version !== promotion.version && { prepared }),
    revision,
  }
}

/** These mappings, and the certificate with those of its versions that they name. @param read further ones, whole */
function withPinned(
  certificate: Certificate,
  read: readonly CertificateVersion[],
  mappings: readonly Mapping[],
): CertificateChanged {
  const used = new Set(
    mappings.flatMap(({ certificateId, pinned }) => (certificateId === certificate.id ? (pinned ?? []) : [])),
  )
  const { pinned = [], ...rest } = certificate
  const known = new Map([...pinned, ...read].map((version) => [version.versionId, version]))
  const kept = [...known.values()].filter(({ versionId }) => used.has(versionId))
  return { certificate: { ...rest, ...(kept.length > 0 && { pinned: kept }) }, mappings }
}

/**
 * These mappings of a certificate, in the order of the ids.
 * @throws CodedError `MAPPING_NOT_OF_CERTIFICATE`, `CERTIFICATE_NOT_FOUND`
 */
export function namedMappings(account: Account, id: CertificateId, ids: readonly MappingId[]): readonly Mapping[] {
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
  return [...new Set(ids)].flatMap((each) => own.get(each) ?? [])
}
