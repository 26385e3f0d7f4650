import type { Account } from '../account/account.ts'
import type { Command, CommandContext } from '../account/command.ts'
import type { Certificate, CertificateVersion, VersionRecordIds } from '../certificates/certificate.ts'
import { versionsOf, withCurrent } from '../certificates/certificate-versions.ts'
import { CodedError } from '../errors/coded-error.ts'
import type { CertificateId } from '../identifiers/ids.ts'
import { usesCertificate } from '../mappings/mapping.ts'
import { type ChangeDescription, nextAccount } from './next-account.ts'
import { unfitSigner } from './unfit-signer.ts'
import { promotionUnderway } from './version-errors.ts'

export interface NewCertificate {
  readonly id: CertificateId
  readonly name: string
  readonly version: CertificateVersion
}

export interface CertificateReplacement {
  readonly id: CertificateId
  /** A new name, or undefined to keep the present one. */
  readonly name?: string | undefined
  readonly version: CertificateVersion
}

/** One for each entry, in the order of the entries. */
export type Outcome =
  | {
      readonly certificate: Certificate
      /** A version that is named no more: what was previous until now. */
      readonly dropped?: VersionRecordIds
    }
  | { readonly error: CodedError }

/** Adds certificates; one whose name is taken does not stop the others. With none to add the account stays as it is. */
export function createCertificates(context: CommandContext, entries: readonly NewCertificate[]): Command<Outcome[]> {
  return (account) => {
    const names = new Set(account.certificates.map(({ name }) => name))
    const revision = account.revision + 1
    const outcomes = entries.map(({ id, name, version }): Outcome => {
      if (names.has(name)) return { error: nameTaken(name) }
      names.add(name)
      const certificate = { id, name, createdAt: context.at, updatedAt: context.at, revision }
      return { certificate: { ...certificate, current: version, currentSince: revision } }
    })
    const added = outcomes.flatMap((outcome) => ('certificate' in outcome ? [outcome.certificate] : []))
    if (added.length === 0) return { account, result: outcomes, revoked: [] }
    const description: ChangeDescription = { action: 'certificates.create', subjects: added.map(subjectOf) }
    const certificates = [...account.certificates, ...added]
    return { account: nextAccount(account, context, description, { certificates }), result: outcomes, revoked: [] }
  }
}

/**
 * Puts a new key and chain in the place of the present ones, which are kept as the previous version; mappings keep
 * pointing at the certificate, and what is staged stays.
 */
export function replaceCertificates(
  context: CommandContext,
  entries: readonly CertificateReplacement[],
): Command<Outcome[]> {
  return (account) => {
    const byId = new Map(account.certificates.map((certificate) => [certificate.id, certificate]))
    const idByName = new Map(account.certificates.map(({ id, name }) => [name, id]))
    const revision = account.revision + 1
    const outcomes = entries.map(({ id, name, version }, index): Outcome => {
      if (entries.findIndex((other) => other.id === id) < index) return { error: namedTwice(id) }
      const present = byId.get(id)
      if (!present) return { error: certificateNotFound(id) }
      const newName = name ?? present.name
      const holder = idByName.get(newName)
      if (holder !== undefined && holder !== id) return { error: nameTaken(newName) }
      if (present.pinned) return { error: promotionUnderway() }
      const unfit = unfitSigner(account.mappings, id, version)
      if (unfit) return { error: unfit }
      idByName.delete(present.name)
      idByName.set(newName, id)
      const certificate = { ...withCurrent(present, version, { at: context.at, revision }), name: newName }
      byId.set(id, certificate)
      return { certificate, ...(present.current && present.previous && { dropped: present.previous }) }
    })
    const changed = outcomes.flatMap((outcome) => ('certificate' in outcome ? [outcome.certificate] : []))
    if (changed.length === 0) return { account, result: outcomes, revoked: [] }
    const description: ChangeDescription = { action: 'certificates.replace', subjects: changed.map(subjectOf) }
    const certificates = [...byId.values()]
    return { account: nextAccount(account, context, description, { certificates }), result: outcomes, revoked: [] }
  }
}

/** @throws CodedError `CERTIFICATE_NOT_FOUND`; `CERTIFICATE_IN_USE` naming the mappings that use it */
export function deleteCertificate(context: CommandContext, id: CertificateId): Command<Certificate> {
  return (account) => {
    const certificate = account.certificates.find((candidate) => candidate.id === id)
    if (!certificate) throw certificateNotFound(id)
    const users = account.mappings.filter((mapping) => usesCertificate(mapping, id))
    if (users.length > 0) {
      const mappings = users.map((mapping) => ({ id: mapping.id, name: mapping.name }))
      throw new CodedError(
        'CERTIFICATE_IN_USE',
        `The certificate "${certificate.name}" is used by ${users.length} mapping(s). Delete them or map them to another certificate first.`,
        { details: { mappings } },
      )
    }
    const certificates = account.certificates.filter((candidate) => candidate.id !== id)
    const subjectRevision = certificate.revision
    const description: ChangeDescription = {
      action: 'certificates.delete',
      subjects: [subjectOf(certificate)],
      subjectRevision,
    }
    return {
      account: nextAccount(account, context, description, { certificates }),
      result: certificate,
      revoked: versionsOf(certificate).flatMap(({ versionId }) => versionId ?? []),
    }
  }
}

/** @throws CodedError `CERTIFICATE_NAME_TAKEN` */
export function refuseTakenName({ certificates }: Account, name: string): void {
  if (certificates.some((other) => other.name === name)) throw nameTaken(name)
}

export function certificateNotFound(id: CertificateId | string): CodedError {
  return new CodedError(
    'CERTIFICATE_NOT_FOUND',
    `This account has no certificate ${id}. List the certificates for ids.`,
  )
}

export function certificatePending(): CodedError {
  return new CodedError(
    'CERTIFICATE_PENDING_SIGNATURE',
    'This certificate waits for its signature. Have its request signed by a CA and upload the answer first.',
  )
}

function namedTwice(id: CertificateId): CodedError {
  return new CodedError('VALIDATION_FAILED', `The certificate ${id} is in the list twice. Replace it once.`)
}

function nameTaken(name: string): CodedError {
  return new CodedError(
    'CERTIFICATE_NAME_TAKEN',
    `This account has a certificate named "${name}" already. Choose another name, or replace that certificate.`,
  )
}

function subjectOf({ id, name }: Certificate): string {
  return `${id} ${name}`
}
