import type { Answer } from '@mtls-gateway/client'
import type { AppliedDocument, DocumentChange, DocumentRequest } from '@mtls-gateway/contract'
import type { Connection } from '../http/connection.ts'
import { ServiceProblem } from '../http/service-problem.ts'
import { type DocumentFault, FaultyDocument } from './faulty-document.ts'
import type { ReadDocument } from './read-document.ts'

export interface ApplyOptions {
  readonly prune?: true | undefined
  readonly source?: string | undefined
}

/**
 * What applying a document would do, as the service says it; nothing is changed.
 * @throws FaultyDocument with all faults, those that only the service finds too; ServiceProblem, CliFailure
 */
export async function compare(
  { configApi }: Connection,
  document: ReadDocument,
  options: ApplyOptions,
): Promise<Answer<AppliedDocument>> {
  if (document.body === undefined) throw new FaultyDocument(document.faults)
  try {
    const query = { ...queryOf(options), dryRun: 'true' as const }
    const compared = await configApi.applyDocument({ body: bodyOf(document), query })
    if (document.faults.length === 0) return compared
  } catch (error) {
    const faults = [...document.faults, ...faultsOf(error, document)]
    if (faults.length === 0) throw error
    throw new FaultyDocument(faults)
  }
  throw new FaultyDocument(document.faults)
}

/**
 * @param compared what the user has seen: if the account was changed since, nothing is
 * @throws ServiceProblem, CliFailure
 */
export function apply(
  { configApi }: Connection,
  document: ReadDocument,
  options: ApplyOptions,
  compared: Answer<AppliedDocument>,
): Promise<Answer<AppliedDocument>> {
  return configApi.applyDocument({ body: bodyOf(document), query: queryOf(options), ifMatch: compared.etag })
}

export function isChangedMeanwhile(error: unknown): boolean {
  return error instanceof ServiceProblem && error.answer.body.code === 'PRECONDITION_FAILED'
}

/** How what there is to do now differs from what was shown. */
export interface ChangesSince {
  /** No longer to do. */
  readonly gone: readonly DocumentChange[]
  /** Still to do, but not as shown. */
  readonly other: readonly DocumentChange[]
  /** Not shown. */
  readonly added: readonly DocumentChange[]
}

/** @returns undefined: it is the same */
export function changesSince(shown: AppliedDocument, now: AppliedDocument): ChangesSince | undefined {
  const known = new Map(shown.changes.map((change) => [thingOf(change), sameness(change)]))
  const present = new Set(now.changes.map(thingOf))
  const gone = shown.changes.filter((change) => !present.has(thingOf(change)))
  const added = now.changes.filter((change) => !known.has(thingOf(change)))
  const other = now.changes.filter((change) => {
    const was = known.get(thingOf(change))
    return was !== undefined && was !== sameness(change)
  })
  return gone.length + other.length + added.length === 0 ? undefined : { gone, other, added }
}

function thingOf({ kind, name }: DocumentChange): string {
  return `${kind} ${name}`
}

/** Each comparison tells at which time it has read a secret. */
function sameness(change: DocumentChange): string {
  return JSON.stringify(change, (key, value: unknown) => (key === 'secretSetAt' ? undefined : value))
}

function queryOf({ prune, source }: ApplyOptions) {
  return { ...(prune && { prune: 'true' as const }), ...(source !== undefined && { source }) }
}

/** The service checks it: it may know more than this version of the command does. */
function bodyOf({ body }: ReadDocument): DocumentRequest {
  return body as DocumentRequest
}

/** What the service says, but for what only a stand-in brings about. */
function faultsOf(error: unknown, document: ReadDocument): readonly DocumentFault[] {
  if (!(error instanceof ServiceProblem)) return []
  const { code, errors = [] } = error.answer.body
  if (code !== 'DOCUMENT_FAULTY' && errors.length === 0) return []
  return errors
    .filter(({ field = '' }) => !document.faults.some(({ path }) => isWithin(path, field) || isWithin(field, path)))
    .map(({ field = '', message, code: each }) => document.faultAt(field, message, each))
}

function isWithin(path: string, other: string): boolean {
  return path === other || path.startsWith(`${other}.`)
}
