import {
  type AccountId,
  type Certificate,
  type CertificateFacts,
  type ErrorCode,
  isCodedError,
  isRequested,
  noteNothingFetched,
  planOf,
  planSubject,
  stageFetched,
  uploadedVersion,
} from '@mtls-gateway/domain'
import type { AccountWriter } from '@mtls-gateway/registry'
import type { VersionChanges } from '../certificates/versions/version-changes.ts'
import type { ExaminedUpload, VersionUploads } from '../certificates/versions/version-uploads.ts'
import { type SourceErrorCode, sourceError } from '../sources/source.ts'
import type { Sources } from '../sources/sources.ts'
import type { DueStep } from './due-step.ts'

export interface SourceFetchesParts {
  readonly sources: Sources
  readonly writer: AccountWriter
  readonly uploads: VersionUploads
  readonly changes: VersionChanges
}

const readDeadlineMs = 20_000

/** What is wrong with an upload, as whoever writes into a source has to know it. */
const codes: Partial<Record<ErrorCode, SourceErrorCode>> = {
  KEY_CERTIFICATE_MISMATCH: 'SOURCE_OTHER_KEY',
  PEM_MALFORMED: 'SOURCE_HALF_WRITTEN',
  CERTIFICATE_MALFORMED: 'SOURCE_HALF_WRITTEN',
  CERTIFICATE_EXPIRED: 'SOURCE_OLDER',
}

/** Stages what sources have, as an upload is staged: its key is looked at in a child process, and never logged. */
export class SourceFetches {
  readonly #parts: SourceFetchesParts

  constructor(parts: SourceFetchesParts) {
    this.#parts = parts
  }

  /** @throws CodedError `SOURCE_...`; what else is wrong with key and certificate */
  async fetch({ account: { accountId }, certificate, context, signal }: DueStep): Promise<void> {
    const { writer, uploads, changes } = this.#parts
    const { source, fetchFailure } = planOf(certificate)
    const { id, name, staged } = certificate
    if (source === undefined) throw new TypeError('nothing is to be fetched')
    const examined = await this.examine(accountId, { source, name }, signal)
    const { facts } = examined.material
    const made = context()
    if (isKnown(certificate, facts.fingerprintSha256)) {
      if (fetchFailure?.of !== planSubject(certificate)) return
      await writer.change(accountId, made.changeId, noteNothingFetched(made, id))
      return
    }
    if (isOlder(certificate, facts)) throw sourceError('SOURCE_OLDER')
    const version = await uploads.store(accountId, made, examined)
    const command = stageFetched(made, id, { source, version: uploadedVersion(version), replaces: staged?.keyId })
    await changes.make(accountId, made, command, version)
  }

  /**
   * What a source has for a certificate of this name. Stores nothing.
   * @throws CodedError `SOURCE_...`; what else is wrong with key and certificate
   */
  async examine(
    accountId: AccountId,
    { source, name }: { readonly source: string; readonly name: string },
    signal: AbortSignal,
  ): Promise<ExaminedUpload> {
    const { sources, uploads } = this.#parts
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(readDeadlineMs)])
    const pair = await sources.get(accountId, source).read({ account: accountId, name }, deadline)
    return uploads.examine(accountId, { kind: 'pem', ...pair }).catch(refuse)
  }
}

/** @throws CodedError in the words of sources */
function refuse(error: unknown): never {
  const code = isCodedError(error) ? codes[error.code] : undefined
  throw code === undefined ? error : sourceError(code, error)
}

/** It is in use, or was staged, or people have decided against it. */
function isKnown({ plan, current, staged, previous }: Certificate, fingerprint: string): boolean {
  const uploaded = staged && !isRequested(staged) ? staged : undefined
  return [current, uploaded, previous, plan?.fetched].some((known) => known?.fingerprintSha256 === fingerprint)
}

/** Neither begins nor expires later: a source that was restored, or one that nobody has renewed. */
function isOlder({ current }: Certificate, { notBefore, notAfter }: CertificateFacts): boolean {
  return current !== undefined && notBefore <= current.notBefore && notAfter <= current.notAfter
}
