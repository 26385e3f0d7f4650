import { type AccountDocument, type AppliedDocument, limits } from '@mtls-gateway/contract'
import {
  type Account,
  type AccountId,
  applyDocument,
  type CommandContext,
  compareDocument,
  type DocumentApplied,
  type DocumentCompared,
  type DocumentFault,
  type DocumentOptions,
  type ErrorCode,
  isCodedError,
  limitExceeded,
  type MadeCertificate,
  type ServiceCatalogue,
  throwDocumentFaults,
} from '@mtls-gateway/domain'
import { stepsInTurns } from '@mtls-gateway/event-loop'
import { type AccountWriter, type RecordName, recordsOfVersion } from '@mtls-gateway/registry'
import pMap from 'p-map'
import type { Versioned } from '../http/entity-tag.ts'
import { type TargetSecrets, targetSecretRecords } from '../mappings/target-secrets.ts'
import { recordsOf, type TrustRecords } from '../mappings/trust-records.ts'
import type { RenewalPlans } from '../plans/renewal-plans.ts'
import type { DocumentReader, ReadDocument } from './document-reader.ts'
import { viewDocument } from './document-view.ts'

export interface DocumentRegistryParts {
  readonly writer: AccountWriter
  readonly services: ServiceCatalogue
  readonly reader: DocumentReader
  readonly trusts: TrustRecords
  readonly secrets: TargetSecrets
  readonly plans: RenewalPlans
}

/** How a document is applied. */
export interface Application extends Omit<DocumentOptions, 'services'> {
  readonly dryRun: boolean
}

/** Keys that a request has made at once: the pool of them has one process for each account. */
const keysAtOnce = 4

/** Accounts as documents (docs/declared.md). */
export class DocumentRegistry {
  readonly #parts: DocumentRegistryParts

  constructor(parts: DocumentRegistryParts) {
    this.#parts = parts
  }

  /** @param isWhole with what only administrators may read */
  async get(accountId: AccountId, isWhole: boolean): Promise<Versioned<AccountDocument>> {
    const { writer, services, trusts } = this.#parts
    const account = await writer.read(accountId)
    const lists = account.trusts?.map((targetTrust) => ({ targetTrust })) ?? []
    const caCertificates = await trusts.read(accountId, [...account.mappings, ...lists])
    return { value: await viewDocument(account, { services, caCertificates, isWhole }), revision: account.revision }
  }

  /**
   * Compares the document with the account, and makes the difference in one change. Nothing is stored before the
   * document is known to be sound.
   * @throws CodedError `DOCUMENT_FAULTY` with every fault by its path; `LIMIT_EXCEEDED`, `TOO_MANY_BODIES`, and those
   *   of a change
   */
  async apply(
    accountId: AccountId,
    body: Readonly<Record<string, unknown>>,
    context: CommandContext,
    { dryRun, ...asked }: Application,
  ): Promise<Versioned<AppliedDocument>> {
    const { writer, services, reader } = this.#parts
    const options = { ...asked, services }
    const read = await reader.read(accountId, body, context.changeId)
    const { compared, revision } = await writer.lookThrough(accountId, async (account) => {
      const steps = compareDocument(account, context, read.document, options)
      return { compared: await stepsInTurns(steps), revision: account.revision }
    })
    if (dryRun || compared.changes.length === 0) return viewCompared(compared, revision)
    checkBeginnings(compared, read)
    const { account, result } = await this.#change(accountId, context, read, { options, made: compared.made })
    return viewApplied(result, account.revision, result.changes.length > 0)
  }

  async #change(
    accountId: AccountId,
    context: CommandContext,
    read: ReadDocument,
    { options, made }: { readonly options: DocumentOptions; readonly made: readonly string[] },
  ): Promise<{ readonly account: Account; readonly result: DocumentApplied }> {
    const { writer, trusts, secrets } = this.#parts
    const { records } = read.trusts
    const secretIds = [...read.auths.secrets.keys()]
    const written = [...recordsOf(accountId, records.keys()), ...targetSecretRecords(accountId, secretIds)]
    let document = read.document
    let begun: ReadonlyMap<string, MadeCertificate>
    try {
      await Promise.all([trusts.write(accountId, records), secrets.write(accountId, read.auths)])
      begun = await this.#begin(accountId, context, read, made, written)
      const certificates = [...document.certificates].map(
        ([name, entry]) => [name, { ...entry, made: begun.get(name) }] as const,
      )
      document = { ...document, certificates: new Map(certificates) }
    } catch (error) {
      await writer.records.purge(written)
      throw error
    }
    const changed = await writer.change(accountId, context.changeId, applyDocument(context, document, options), {
      written,
      dropped: ({ dropped, droppedOrders, made: used }) => [
        // Somebody else has made a certificate of this name meanwhile.
        ...[...begun].flatMap(([name, each]) => (used.includes(name) ? [] : recordsOfMade(accountId, each))),
        ...dropped.flatMap((version) => recordsOfVersion(accountId, version)),
        ...recordsOf(accountId, droppedOrders),
      ],
    })
    const { before } = changed.result
    await trusts.settle(changed.account, { records }, before)
    await secrets.settle(changed.account, secretIds, before.mappings)
    return changed
  }

  /**
   * @param written gets the records of keys and chains
   * @throws CodedError `DOCUMENT_FAULTY`: what is wrong with that which sources have
   */
  async #begin(
    accountId: AccountId,
    context: CommandContext,
    { beginnings }: ReadDocument,
    names: readonly string[],
    written: RecordName[],
  ): Promise<ReadonlyMap<string, MadeCertificate>> {
    const { plans } = this.#parts
    const faults: DocumentFault[] = []
    const begun = await pMap(
      names,
      async (name): Promise<readonly (readonly [string, MadeCertificate])[]> => {
        const beginning = beginnings.get(name)
        if (!beginning) throw new TypeError('what is made begins with something')
        try {
          const made =
            'spec' in beginning
              ? await plans.makeKey(accountId, context, beginning.spec)
              : { version: await plans.fetchFirst(accountId, context, { source: beginning.source, name }) }
          written.push(...recordsOfMade(accountId, made))
          return [[name, made]]
        } catch (error) {
          if ('spec' in beginning || !isCodedError(error) || ownFailures.has(error.code)) throw error
          faults.push({ field: `certificates.${name}.plan.source`, code: error.code, message: error.message })
          return []
        }
      },
      { concurrency: keysAtOnce },
    )
    throwDocumentFaults(faults)
    return new Map(begun.flat())
  }
}

/** What has nothing to do with the document. */
const ownFailures: ReadonlySet<ErrorCode> = new Set([
  'INTERNAL_ERROR',
  'SHUTTING_DOWN',
  'STORE_UNAVAILABLE',
  'TOO_MANY_BODIES',
])

function recordsOfMade(accountId: AccountId, made: MadeCertificate): readonly RecordName[] {
  const ids = 'version' in made ? made.version : { keyId: made.request.keyId, versionId: made.csrId }
  return recordsOfVersion(accountId, ids)
}

/** Each certificate that is made has to begin with something. */
function checkBeginnings({ made }: DocumentApplied, { beginnings }: ReadDocument): void {
  if (made.length > limits.documentKeys) {
    throw limitExceeded('certificates', limits.documentKeys, 'new certificates in one document')
  }
  const message =
    'The name of the certificate is too long for its subject. Say in "request" which subject it is to have.'
  throwDocumentFaults(
    made
      .filter((name) => !beginnings.has(name))
      .map((name) => ({ field: `certificates.${name}.request`, code: 'VALIDATION_FAILED', message })),
  )
}

function viewCompared({ needsApproval, ...compared }: DocumentCompared, revision: number): Versioned<AppliedDocument> {
  const { value } = viewApplied(compared, revision, false)
  return { value: { ...value, ...(needsApproval.length > 0 && { needsApproval }) }, revision }
}

function viewApplied(
  { changes, kept }: DocumentApplied,
  revision: number,
  applied: boolean,
): Versioned<AppliedDocument> {
  return { value: { revision, applied, changes, kept }, revision }
}
