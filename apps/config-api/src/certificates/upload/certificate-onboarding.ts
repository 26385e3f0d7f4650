import {
  type AccountId,
  type Certificate,
  type CertificateVersion,
  CodedError,
  type Command,
  type CommandContext,
  createCertificates,
  isCodedError,
  type Outcome,
  replaceCertificates,
  type VersionDifference,
  type VersionRecordIds,
} from '@mtls-gateway/domain'
import { type AccountWriter, recordsOfVersion } from '@mtls-gateway/registry'
import { codedErrorOf, type Log } from '@mtls-gateway/service-kit'
import pMap from 'p-map'
import { newCertificateIds } from '../../changes/new-ids.ts'
import { replacedDifferences } from '../versions/version-comparison.ts'
import type { VersionRecords } from '../versions/version-records.ts'
import type { VersionUploads } from '../versions/version-uploads.ts'
import type { CertificateEntry, EntryContents } from './certificate-entry.ts'

/** The limit per request: a long list must not keep others from the pool that reads key material. */
const preparedAtOnce = 4

export interface Saved {
  readonly certificate: Certificate
  /** From the version that it has replaced, where that can be read. */
  readonly differences?: readonly VersionDifference[] | undefined
}

export type SavedOrFailed = Saved | { readonly label: string; readonly error: CodedError }

interface Prepared {
  readonly label: string
  readonly contents: EntryContents
  readonly version: CertificateVersion
}

/** Adds uploaded certificates to an account: examines each, stores its key and chain, then adds all in one change. */
export class CertificateOnboarding {
  readonly #writer: AccountWriter
  readonly #uploads: VersionUploads
  readonly #records: VersionRecords
  readonly #log: Log

  constructor(writer: AccountWriter, uploads: VersionUploads, records: VersionRecords, log: Log) {
    this.#log = log
    this.#writer = writer
    this.#uploads = uploads
    this.#records = records
  }

  /** One result per entry. A bad certificate does not stop the good ones. */
  create(account: AccountId, context: CommandContext, entries: readonly CertificateEntry[]): Promise<SavedOrFailed[]> {
    return this.#save(account, context, entries, 'name', (prepared) => {
      const newId = newCertificateIds(context.changeId)
      return createCertificates(
        context,
        prepared.map(({ contents, version }) => ({ id: newId(), name: demand(contents, 'name'), version })),
      )
    })
  }

  /** Like {@link create}, but each entry has the id of the certificate whose key and chain it replaces. */
  async replace(
    account: AccountId,
    context: CommandContext,
    entries: readonly CertificateEntry[],
  ): Promise<SavedOrFailed[]> {
    const outcomes = await this.#save(account, context, entries, 'id', (prepared) =>
      replaceCertificates(
        context,
        prepared.map(({ contents, version }) => ({ id: demand(contents, 'id'), name: contents.name, version })),
      ),
    )
    const compare = async (outcome: SavedOrFailed) => {
      if (!('certificate' in outcome)) return outcome
      const { certificate } = outcome
      return { certificate, differences: await replacedDifferences(this.#records, account, certificate) }
    }
    return pMap(outcomes, compare, { concurrency: preparedAtOnce })
  }

  async #save(
    account: AccountId,
    context: CommandContext,
    entries: readonly CertificateEntry[],
    demanded: 'name' | 'id',
    commandFor: (prepared: readonly Prepared[]) => Command<Outcome[]>,
  ): Promise<SavedOrFailed[]> {
    // The store is waited for once, not once for every few of a long list.
    let outage: CodedError | undefined
    const prepare = async (entry: CertificateEntry) => {
      if (outage) return { label: entry.label, error: outage }
      const attempt = await this.#prepare(account, context, entry, demanded)
      if ('error' in attempt && attempt.error.code === 'STORE_UNAVAILABLE') outage = attempt.error
      return attempt
    }
    const attempts = await pMap(entries, prepare, { concurrency: preparedAtOnce })
    const prepared = attempts.filter((attempt) => 'version' in attempt)
    const outcomes = prepared.length === 0 ? [] : await this.#commit(account, context, prepared, commandFor(prepared))
    let next = 0
    return attempts.map((attempt) => {
      if (!('version' in attempt)) return attempt
      const outcome = outcomes[next++]
      if (!outcome) throw new TypeError('the change answers every entry')
      return 'certificate' in outcome ? { certificate: outcome.certificate } : { label: attempt.label, ...outcome }
    })
  }

  async #prepare(
    account: AccountId,
    context: CommandContext,
    entry: CertificateEntry,
    demanded: 'name' | 'id',
  ): Promise<Prepared | { readonly label: string; readonly error: CodedError }> {
    const { label } = entry
    try {
      const contents = entry.read()
      demand(contents, demanded)
      return { label, contents, version: await this.#uploads.take(account, context, contents.material) }
    } catch (error) {
      const coded = codedErrorOf(error)
      // The others continue. The answer reports this one, but not the details for the operator.
      if (coded.code === 'INTERNAL_ERROR') this.#log.error({ event: 'failure', code: coded.code, err: error })
      return { label, error: coded }
    }
  }

  async #commit(
    account: AccountId,
    context: CommandContext,
    prepared: readonly Prepared[],
    command: Command<Outcome[]>,
  ): Promise<readonly Outcome[]> {
    const recordsOf = (versions: readonly VersionRecordIds[]) =>
      versions.flatMap((version) => recordsOfVersion(account, version))
    try {
      const { result } = await this.#writer.change(account, context.changeId, command, {
        written: recordsOf(prepared.map(({ version }) => version)),
        dropped: (outcomes) => recordsOf(droppedBy(prepared, outcomes)),
      })
      return result
    } catch (error) {
      if (!isCodedError(error)) throw error
      return prepared.map(() => ({ error }))
    }
  }
}

/** Versions that no account refers to any more: those that were replaced, and those that were not accepted. */
function droppedBy(prepared: readonly Prepared[], outcomes: readonly Outcome[]): readonly VersionRecordIds[] {
  return outcomes.flatMap((outcome, index) => {
    const dropped = 'error' in outcome ? prepared[index]?.version : outcome.dropped
    return dropped ? [dropped] : []
  })
}

function demand<Field extends 'name' | 'id'>(contents: EntryContents, field: Field): NonNullable<EntryContents[Field]> {
  const value = contents[field]
  if (value === undefined || value === null) {
    throw new CodedError('VALIDATION_FAILED', `"${field}" is missing.`, { details: { field } })
  }
  return value
}
