import type { Command, CommandContext } from '../account/command.ts'
import type { Certificate, CertificateVersion, IdleVersion, RequestedVersion } from '../certificates/certificate.ts'
import { isRequested, uploadedVersion, withCurrent } from '../certificates/certificate-versions.ts'
import type { RenewalPlan } from '../certificates/renewal-plan.ts'
import { CodedError } from '../errors/coded-error.ts'
import type { CertificateId } from '../identifiers/ids.ts'
import { type CertificateChanged, changeCertificate } from './certificate-change.ts'
import { refuseTakenName } from './certificates.ts'
import { settersOf } from './makers.ts'
import { type ChangeDescription, nextAccount } from './next-account.ts'
import { refuseUnfitSigner } from './unfit-signer.ts'
import { versionChanged } from './version-errors.ts'

export interface NewRequest {
  readonly id: CertificateId
  readonly name: string
  readonly request: RequestedVersion
  /** By which its first certificate is ordered; absent: people have the request signed. */
  readonly plan?: RenewalPlan | undefined
}

/** A certificate that waits for its signature from the start. @throws CodedError `CERTIFICATE_NAME_TAKEN` */
export function requestCertificate(
  context: CommandContext,
  { id, name, request, plan }: NewRequest,
): Command<CertificateChanged> {
  return (account) => {
    refuseTakenName(account, name)
    const { at } = context
    const made = { id, name, createdAt: at, updatedAt: at, revision: account.revision + 1, staged: request }
    const certificate = { ...made, ...(plan && { plan: { ...plan, ...settersOf(account, context) } }) }
    const description: ChangeDescription = {
      action: plan ? 'certificates.issue' : 'certificates.request',
      subjects: [`${id} ${name}`],
    }
    const certificates = [...account.certificates, certificate]
    return {
      account: nextAccount(account, context, description, { certificates }),
      result: { certificate },
      revoked: [],
    }
  }
}

/** Which request a signed certificate answers: the one that made the certificate, or the one that renews it. */
export type RequestPlace = 'certificate' | 'staged'

/**
 * The key that waits for its signed certificate at this place of a certificate.
 * @throws CodedError `NO_PENDING_REQUEST`
 */
export function pendingRequest({ current, staged }: Certificate, place: RequestPlace): RequestedVersion {
  const isHere = (current === undefined) === (place === 'certificate')
  if (staged && isRequested(staged) && isHere) return staged
  throw new CodedError(
    'NO_PENDING_REQUEST',
    place === 'certificate'
      ? 'This certificate waits for no signature. The signed certificate of a renewal belongs to what is staged.'
      : 'No staged request of this certificate waits for a signature. Make one first.',
  )
}

/** What a signed certificate that came here before has become: the version in use, or the staged one. */
export function completedVersion({ current, staged }: Certificate, place: RequestPlace): IdleVersion | undefined {
  if (place === 'certificate') return current
  return staged && !isRequested(staged) ? staged : undefined
}

/**
 * The signed certificate has come: the first one is in use at once, that of a renewal is staged.
 * @throws CodedError `CERTIFICATE_NOT_FOUND`, `NO_PENDING_REQUEST`, `VERSION_CHANGED` (it waits with another key by
 *   now), `MESSAGE_SIGNATURE_INVALID` (a mapping has it sign, for which its key does not do)
 */
export function completeRequest(
  context: CommandContext,
  id: CertificateId,
  { place, version }: { readonly place: RequestPlace; readonly version: CertificateVersion },
): Command<CertificateChanged> {
  return (account) =>
    changeCertificate(account, context, id, {
      action: place === 'certificate' ? 'certificates.complete' : 'certificates.complete-staged',
      change: (certificate, moment) => {
        const request = pendingRequest(certificate, place)
        if (request.keyId !== version.keyId || request.spkiSha256 !== version.spkiSha256) throw versionChanged()
        const signed = { ...request, ...version }
        if (place === 'staged') return { certificate: { ...certificate, staged: uploadedVersion(signed) } }
        refuseUnfitSigner(account.mappings, id, version)
        const { staged: _, ...rest } = certificate
        return { certificate: withCurrent(rest, signed, moment) }
      },
    })
}
