import type { Account } from '../account/account.ts'
import type { Command, CommandContext } from '../account/command.ts'
import { type Handover, openHandovers } from '../account/handover.ts'
import { isSameDigest } from '../callers/digests.ts'
import type { Certificate } from '../certificates/certificate.ts'
import { isRequested } from '../certificates/certificate-versions.ts'
import { CodedError } from '../errors/coded-error.ts'
import type { CertificateId, MappingId, RecordId } from '../identifiers/ids.ts'
import {
  limitExceeded,
  maxHandoverDays,
  maxHandoverNoteLength,
  maxHandoverNotes,
  maxHandovers,
  maxHandoversOfCertificate,
} from '../limits/limits.ts'
import type { Mapping, MappingPreparation } from '../mappings/mapping.ts'
import { findCertificate } from './certificate-change.ts'
import { certificatePending } from './certificates.ts'
import { namedMappings } from './mapping-promotion.ts'
import { auditedActor, type ChangeDescription, nextAccount } from './next-account.ts'
import { versionChanged } from './version-errors.ts'

export type NewHandover = Pick<Handover, 'id' | 'certificateId' | 'label' | 'mappings' | 'expiresAt' | 'codeSha256'>

const dayMs = 86_400_000

/**
 * Where something is staged, the mappings count as handed over.
 * @throws CodedError `CERTIFICATE_NOT_FOUND`, `CERTIFICATE_PENDING_SIGNATURE`, `MAPPING_NOT_OF_CERTIFICATE`,
 *   `EXPIRY_NOT_IN_FUTURE`, `EXPIRY_TOO_LATE`, `TOO_MANY_HANDOVERS`
 */
export function createHandover(context: CommandContext, handover: NewHandover): Command<Handover> {
  return (account) => {
    const certificate = findCertificate(account, handover.certificateId)
    if (!certificate.current) throw certificatePending()
    const named = namedMappings(account, certificate.id, handover.mappings)
    checkExpiry(handover, context)
    const open = openHandovers(account, context.at)
    const limit = limitOf(open, certificate.id)
    if (limit !== undefined) throw tooManyHandovers(limit)
    const result: Handover = {
      ...handover,
      mappings: named.map(({ id }) => id),
      createdAt: context.at,
      createdBy: auditedActor(context.actor),
    }
    return changed(account, context, result, {
      action: 'handovers.create',
      handovers: [...open, result],
      mappings: movedTo('handedOver', account, certificate, result.mappings, context),
    })
  }
}

/** @throws CodedError `HANDOVER_NOT_FOUND` */
export function revokeHandover(context: CommandContext, certificateId: CertificateId, id: string): Command<Handover> {
  return (account) => {
    const { handovers = [] } = account
    const handover = handovers.find((each) => each.id === id && each.certificateId === certificateId)
    if (!handover) {
      throw new CodedError(
        'HANDOVER_NOT_FOUND',
        'This certificate has no such handover, or it has expired. List them for their ids.',
      )
    }
    const applied = changed(account, context, handover, {
      action: 'handovers.revoke',
      handovers: handovers.filter((each) => each !== handover),
    })
    return { ...applied, revoked: [handover.id] }
  }
}

/** What has come with the link. */
export interface HandoverKey {
  readonly id: string
  readonly codeSha256: string
}

/**
 * Notes that the link was opened: the first time, and the first time that it shows another next version.
 * @throws CodedError `HANDOVER_VOID`
 */
export function openHandover(context: CommandContext, key: HandoverKey): Command<Handover> {
  return (account) => {
    const { handover, certificate } = findHandover(account, key, context.at)
    if (!isNewlyOpened(handover, certificate)) return { account, result: handover, revoked: [] }
    const version = nextVersionId(certificate)
    const { at } = handover.opened ?? context
    const result: Handover = { ...handover, opened: { at, ...(version && { version }) } }
    return changed(account, context, result, {
      action: 'handovers.open',
      handovers: replaced(account, result),
      mappings: movedTo('handedOver', account, certificate, handover.mappings, context),
    })
  }
}

/** Whether opening it has something to note. */
export function isNewlyOpened({ opened }: Handover, certificate: Certificate): boolean {
  const version = nextVersionId(certificate)
  return opened === undefined || (version !== undefined && opened.version !== version)
}

export interface HandoverAnswer {
  /** What was registered: it must be what comes next, or else what is in use, as it was shown. */
  readonly fingerprintSha256: string
  /** Where it is registered now; those that were named earlier stay registered. */
  readonly mappings: readonly MappingId[]
  /** Undefined: the note before stays. */
  readonly note?: string | undefined
}

/**
 * Takes the answer of whoever has the link.
 * @throws CodedError `HANDOVER_VOID`, `MAPPING_NOT_OF_CERTIFICATE`, `VERSION_CHANGED`, `LIMIT_EXCEEDED`
 */
export function answerHandover(context: CommandContext, key: HandoverKey, answer: HandoverAnswer): Command<Handover> {
  return (account) => {
    const { handover, certificate } = findHandover(account, key, context.at)
    const { note: given = handover.note } = answer
    const note = given === '' ? undefined : given
    if (note !== undefined && [...note].length > maxHandoverNoteLength) {
      throw limitExceeded('note', maxHandoverNoteLength, 'characters')
    }
    // Each is a change of the account, which its audit keeps for ever, and whoever has the link has no account.
    const notes = (handover.notes ?? 0) + (note === handover.note ? 0 : 1)
    if (notes > maxHandoverNotes) throw limitExceeded('note', maxHandoverNotes, 'changes')
    const version = versionOf(certificate, answer.fingerprintSha256)
    const asked = new Set(handover.mappings)
    const mappings = namedMappings(account, certificate.id, answer.mappings).map(({ id }) => id)
    if (mappings.some((id) => !asked.has(id))) {
      throw new CodedError('MAPPING_NOT_OF_CERTIFICATE', 'This link is not about all of these urls. Open it again.')
    }
    const before = handover.registered ?? []
    const isSaid = ({ mapping, version: said }: { mapping: MappingId; version: RecordId }) =>
      before.some((each) => each.mapping === mapping && each.version === said)
    const said = mappings.map((mapping) => ({ mapping, version, at: context.at })).filter((each) => !isSaid(each))
    // The versions that can still be asked about are few, and so is what is kept of them.
    const shown = new Set([certificate.current?.versionId, nextVersionId(certificate)])
    const left = before.filter((each) => shown.has(each.version))
    // What was in use when the page was opened says nothing of what has been staged since.
    const isNext = version === nextVersionId(certificate)
    const moved = isNext ? movedTo('registered', account, certificate, mappings, context) : undefined
    if (said.length === 0 && moved === undefined && note === handover.note) {
      return { account, result: handover, revoked: [] }
    }
    const { note: _, ...rest } = handover
    const result: Handover = {
      ...rest,
      registered: [...left, ...said],
      ...(note !== undefined && { note }),
      ...(notes > 0 && { notes }),
    }
    return changed(account, context, result, {
      action: 'handovers.answer',
      subjects: mappings.map((id) => `mapping ${id}`),
      handovers: replaced(account, result),
      mappings: moved,
    })
  }
}

export interface FoundHandover {
  readonly handover: Handover
  readonly certificate: Certificate
}

/**
 * Whoever guesses, and whoever is late, learns the same: the link does not work.
 * @throws CodedError `HANDOVER_VOID`
 */
export function findHandover(
  account: Pick<Account, 'handovers' | 'certificates'>,
  key: HandoverKey,
  at: string,
): FoundHandover {
  const handover = findOpenHandover(account, key, at)
  const certificate = account.certificates.find(({ id }) => id === handover.certificateId)
  if (!certificate) throw handoverVoid()
  return { handover, certificate }
}

/** As {@link findHandover}, with nothing else of the account. @throws CodedError `HANDOVER_VOID` */
export function findOpenHandover(
  account: Pick<Account, 'handovers'>,
  { id, codeSha256 }: HandoverKey,
  at: string,
): Handover {
  const handover = openHandovers(account, at).find((each) => each.id === id)
  if (!handover || !isSameDigest(handover.codeSha256, codeSha256)) throw handoverVoid()
  return handover
}

export function handoverVoid(): CodedError {
  return new CodedError(
    'HANDOVER_VOID',
    'This link does not work: it is incomplete, has expired or was revoked. Ask whoever sent it for another.',
    { refusal: { reason: 'handover-void' } },
  )
}

interface HandoverChange extends Pick<ChangeDescription, 'action'>, Pick<Account, 'handovers'> {
  readonly subjects?: readonly string[]
  /** All of the account; undefined: none has changed. */
  readonly mappings?: readonly Mapping[] | undefined
}

function changed(
  account: Account,
  context: CommandContext,
  result: Handover,
  { action, subjects = [], handovers, mappings }: HandoverChange,
) {
  const { id, label, certificateId } = result
  const description = { action, subjects: [`${id} ${label}`, `certificate ${certificateId}`, ...subjects] }
  const parts = { ...(handovers && { handovers }), ...(mappings && { mappings }) }
  // What calls present stays the same: no copy of the account is outdated by it.
  return { account: nextAccount(account, context, description, parts), result, revoked: [] }
}

function replaced({ handovers = [] }: Account, handover: Handover): readonly Handover[] {
  return handovers.map((each) => (each.id === handover.id ? handover : each))
}

/** What is staged and can be shown. */
function nextVersionId({ staged }: Certificate): RecordId | undefined {
  return staged && !isRequested(staged) ? staged.versionId : undefined
}

/** @throws CodedError `VERSION_CHANGED` */
function versionOf({ current, staged }: Certificate, fingerprint: string): RecordId {
  const shown = [staged && !isRequested(staged) ? staged : undefined, current]
  const version = shown.find((each) => each?.fingerprintSha256 === fingerprint)
  if (!version) throw versionChanged()
  return version.versionId
}

/**
 * All mappings of the account, with these as far as that with what is staged; those that are further stay as they are.
 * Undefined: none has changed.
 */
function movedTo(
  state: MappingPreparation['state'],
  account: Account,
  certificate: Certificate,
  ids: readonly MappingId[],
  { at }: CommandContext,
): readonly Mapping[] | undefined {
  const version = nextVersionId(certificate)
  const named = new Set(ids)
  const isBehind = ({ id, certificateId, promotion, prepared }: Mapping) => {
    if (!named.has(id) || certificateId !== certificate.id) return false
    if (promotion?.version === version && promotion?.state === 'presents') return false
    return prepared?.version !== version || (prepared?.state === 'handedOver' && state === 'registered')
  }
  if (version === undefined || !account.mappings.some(isBehind)) return undefined
  const revision = account.revision + 1
  return account.mappings.map((mapping) =>
    isBehind(mapping) ? { ...mapping, prepared: { version, state, since: at }, revision } : mapping,
  )
}

function limitOf(open: readonly Handover[], id: CertificateId): number | undefined {
  if (open.length >= maxHandovers) return maxHandovers
  const ofCertificate = open.filter(({ certificateId }) => certificateId === id).length
  return ofCertificate >= maxHandoversOfCertificate ? maxHandoversOfCertificate : undefined
}

function tooManyHandovers(limit: number): CodedError {
  const whose = limit === maxHandovers ? 'An account' : 'A certificate'
  return new CodedError(
    'TOO_MANY_HANDOVERS',
    `${whose} may have at most ${limit} handovers that have not expired. Revoke one.`,
    { details: { limit } },
  )
}

/** @throws CodedError `EXPIRY_NOT_IN_FUTURE`, `EXPIRY_TOO_LATE` */
function checkExpiry({ expiresAt }: NewHandover, { at }: CommandContext): void {
  const [expiry, now] = [Date.parse(expiresAt), Date.parse(at)]
  const details = { field: 'expiresAt' }
  if (expiry <= now) throw new CodedError('EXPIRY_NOT_IN_FUTURE', '"expiresAt" is not in the future.', { details })
  if (expiry <= now + maxHandoverDays * dayMs) return
  throw new CodedError('EXPIRY_TOO_LATE', `"expiresAt" may be at most ${maxHandoverDays} days ahead.`, { details })
}
