import type { Command, CommandContext } from '../account/command.ts'
import type { Certificate, CertificateVersion, IdleVersion, StagedVersion } from '../certificates/certificate.ts'
import { isRequested, withCurrent } from '../certificates/certificate-versions.ts'
import { keptResults, type ProbedUrl } from '../certificates/probe-record.ts'
import type { VersionDifferenceCode } from '../certificates/version-difference-codes.ts'
import { type VersionDifference, versionDifferences } from '../certificates/version-differences.ts'
import { CodedError } from '../errors/coded-error.ts'
import type { CertificateId, RecordId } from '../identifiers/ids.ts'
import { readableTime } from '../limits/readable-time.ts'
import type { Mapping } from '../mappings/mapping.ts'
import { isOfPlan, isOlder } from '../queries/plan-position.ts'
import { type CertificateChanged, changeCertificate, findCertificate, type Moment } from './certificate-change.ts'
import { certificatePending } from './certificates.ts'
import { refuseWhilePinned, unpinned } from './pinned-mappings.ts'
import { refuseUnfitSigner } from './unfit-signer.ts'
import { refuseExpired, stagedNotFound, stagedPending, versionChanged } from './version-errors.ts'

/**
 * Takes the next version in, or the key that waits to become it, in the place of what is staged.
 * @throws CodedError `CERTIFICATE_NOT_FOUND`, `CERTIFICATE_PENDING_SIGNATURE` (an upload to what has no version in use)
 */
export function stageVersion(
  context: CommandContext,
  id: CertificateId,
  staged: StagedVersion,
): Command<CertificateChanged> {
  const action = isRequested(staged) ? 'certificates.stage-request' : 'certificates.stage'
  return (account) =>
    changeCertificate(account, context, id, {
      action,
      change: (certificate) => {
        if (!certificate.current && !isRequested(staged)) throw certificatePending()
        refuseWhilePinned(account, id, certificate.staged?.versionId)
        return { certificate: { ...certificate, staged }, dropped: certificate.staged }
      },
    })
}

/**
 * With the replacement that its plan was asked for, the request is called off: it would order another one at once.
 * @throws CodedError `CERTIFICATE_NOT_FOUND`, `STAGED_NOT_FOUND`, `CERTIFICATE_PENDING_SIGNATURE` (has no other)
 */
export function dropStaged(context: CommandContext, id: CertificateId): Command<CertificateChanged> {
  return (account) =>
    changeCertificate(account, context, id, {
      action: 'certificates.drop-staged',
      change: ({ staged, ...certificate }) => {
        if (!certificate.current) throw certificatePending()
        if (!staged) throw stagedNotFound()
        refuseWhilePinned(account, id, staged.versionId)
        return { certificate: withoutRequestFor(staged, certificate), dropped: staged }
      },
    })
}

function withoutRequestFor(staged: StagedVersion, certificate: Certificate): Certificate {
  const { plan } = certificate
  if (!plan?.renewNow || !isOfPlan(plan, staged) || isOlder(staged, plan.renewNow)) return certificate
  const { renewNow: _, ...left } = plan
  return { ...certificate, plan: left }
}

/** Undefined: not known. */
export interface ComparedNames {
  /** The version in use that they are of. */
  readonly of: RecordId
  readonly current: readonly string[] | undefined
  readonly next: readonly string[] | undefined
}

export interface Promotion {
  /** What is staged, whole. */
  readonly version: CertificateVersion
  /** Although its last probe failed, or it is not valid yet. */
  readonly force: boolean
  /** Although its last probe failed: the version in use has expired. */
  readonly ignoresProbe?: boolean
  /** Only for mappings whose targets accept it: see `acceptsStaged`. */
  readonly ifAccepted?: boolean
  /** The subject alternative names of both, which the account does not keep; without, they are not compared. */
  readonly names?: ComparedNames | undefined
  /** In what it is meant to differ from the version in use. */
  readonly accepted?: readonly VersionDifferenceCode[]
}

/**
 * Puts what is staged in use; the version before is kept as the previous one.
 * @throws CodedError `CERTIFICATE_NOT_FOUND`, `STAGED_NOT_FOUND`, `STAGED_PENDING`, `STAGED_PROBE_FAILED`,
 *   `VERSION_CHANGED`, `CERTIFICATE_EXPIRED`, `STAGED_NOT_YET_VALID`, `NEXT_VERSION_DIFFERS`,
 *   `MESSAGE_SIGNATURE_INVALID` (its key does not sign for a mapping that has the certificate sign)
 */
export function promoteStaged(
  context: CommandContext,
  id: CertificateId,
  promotion: Promotion,
): Command<CertificateChanged> {
  return (account) =>
    changeCertificate(account, context, id, {
      action: 'certificates.promote',
      change: (present, moment) => {
        const idle = checkPromotion(present, promotion, context)
        refuseUnfitSigner(account.mappings, id, promotion.version)
        return promotedWhole(present, { ...idle, ...promotion.version }, account.mappings, moment)
      },
    })
}

/** What is staged, which is given whole, in use for all mappings of the certificate. */
export function promotedWhole(
  { staged: _, pinned: __, ...certificate }: Certificate,
  version: CertificateVersion,
  mappings: readonly Mapping[],
  moment: Moment,
): CertificateChanged {
  return {
    certificate: withCurrent(certificate, version, moment),
    dropped: certificate.previous,
    mappings: unpinned(mappings, certificate.id, moment.revision, { promoted: version.versionId }),
  }
}

/**
 * Whether what is staged may be promoted. @returns what the account keeps of it, but for its probe
 * @throws CodedError as {@link promoteStaged}
 */
export function checkPromotion(
  { current, staged }: Certificate,
  { version, force, ignoresProbe = false, names, accepted = [] }: Promotion,
  { at }: CommandContext,
): IdleVersion {
  if (!staged) throw stagedNotFound()
  if (isRequested(staged)) throw stagedPending()
  if (staged.versionId !== version.versionId) throw versionChanged()
  if (staged.probe?.ok === false && !force && !ignoresProbe) throw probeFailed()
  refuseExpired(version, at)
  if (version.notBefore > at && !force) throw notYetValid(version)
  if (names && names.of !== current?.versionId) throw versionChanged()
  const differences = current
    ? versionDifferences({ ...current, subjectAltNames: names?.current }, { ...version, subjectAltNames: names?.next })
    : []
  if (differences.some(({ code }) => !accepted.includes(code))) throw nextVersionDiffers(differences)
  const { probe: _, ...idle } = staged
  return idle
}

export interface Probed {
  readonly versionId: RecordId
  /** The account's revision of which the mappings were probed. */
  readonly revision: number
  /** It works at every url. */
  readonly ok: boolean
  readonly results: readonly ProbedUrl[]
  /** `false`: what it found is counted, and not kept. Default: as much as fits. */
  readonly keepsResults?: boolean
}

/**
 * Keeps with what is staged how its probe ended, and what it found. If something else is staged by now, nothing is
 * changed, and the result is false.
 * @throws CodedError `CERTIFICATE_NOT_FOUND`
 */
export function recordProbe(
  context: CommandContext,
  id: CertificateId,
  { versionId, revision, ok, results, keepsResults = true }: Probed,
): Command<boolean> {
  return (account) => {
    const { staged } = findCertificate(account, id)
    if (staged?.versionId !== versionId) return { account, result: false, revoked: [] }
    const kept = keepsResults ? keptResults(results) : { results: [], omitted: results.length }
    const applied = changeCertificate(account, context, id, {
      action: ok ? 'certificates.probe-succeeded' : 'certificates.probe-failed',
      change: (certificate) => ({
        certificate: { ...certificate, staged: { ...staged, probe: { at: context.at, revision, ok, ...kept } } },
      }),
    })
    return { ...applied, result: true }
  }
}

function notYetValid({ notBefore }: CertificateVersion): CodedError {
  return new CodedError(
    'STAGED_NOT_YET_VALID',
    `What is staged is valid only from ${readableTime(notBefore)} on, and no call could use it before. Promote it then, or force its promotion now.`,
  )
}

/** @param differences all of them: whoever asks again accepts them all */
function nextVersionDiffers(differences: readonly VersionDifference[]): CodedError {
  const sentences = differences.map(({ message }) => message).join(' ')
  return new CodedError(
    'NEXT_VERSION_DIFFERS',
    `What is staged is not a usual renewal of the version in use. ${sentences} Compare the two. If these differences are meant, accept them with the promotion.`,
    { details: { differences } },
  )
}

function probeFailed(): CodedError {
  return new CodedError(
    'STAGED_PROBE_FAILED',
    'The last probe of what is staged failed. Probe it again, or force its promotion.',
  )
}
