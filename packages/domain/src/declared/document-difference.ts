import { isSame } from '../account/canonical-json.ts'
import { CodedError } from '../errors/coded-error.ts'
import type { ErrorCode } from '../errors/error-codes.ts'
import type { Renamed } from './declared-document.ts'
import type { DeclaredView } from './declared-view.ts'
import type { DocumentAction, DocumentKind } from './document-words.ts'

/** What a change makes of one field, as a document has it; null where there is none. */
export interface ChangedField {
  readonly field: string
  readonly before: unknown
  readonly after: unknown
}

/** What a change makes of one thing. */
export interface DocumentChange {
  readonly action: DocumentAction
  readonly kind: DocumentKind
  readonly name: string
  readonly fields: readonly ChangedField[]
}

/** What is wrong with a document. */
export interface DocumentFault {
  /** The path in the document: `mappings.bank-token.url`. */
  readonly field: string
  readonly code: ErrorCode
  readonly message: string
}

/** What a document makes of things of one kind. */
export interface Compared<Thing> {
  /** All of the account, as they are to be. */
  readonly list: readonly Thing[]
  /** Those that the document names, as they are. */
  readonly named: ReadonlySet<Thing>
  readonly changes: readonly DocumentChange[]
  /** For the audit. */
  readonly subjects: readonly string[]
  readonly faults: readonly DocumentFault[]
}

/** Told at most: one line each. */
const maxTold = 1_000

/** @throws CodedError `DOCUMENT_FAULTY` with all of them, if there are any */
export function throwDocumentFaults(faults: readonly DocumentFault[]): void {
  const [first] = faults
  if (first === undefined) return
  const more = faults.length > 1 ? `${faults.length} faults, the first: ` : ''
  const message = `The document is not applied. ${more}"${first.field}": ${first.message}`
  throw new CodedError('DOCUMENT_FAULTY', message, { details: { errors: faults.slice(0, maxTold) } })
}

/** The fields in which two views differ. */
export function changedFields(before: DeclaredView, after: DeclaredView): readonly ChangedField[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return names
    .filter((field) => !isSame(before[field], after[field]))
    .map((field) => ({ field, before: before[field] ?? null, after: after[field] ?? null }))
}

/** The things of an account that a document names: by their names, or by what they were named until now. */
export function matchByName<Thing extends { readonly name: string }>(
  kind: 'certificates' | 'mappings',
  present: readonly Thing[],
  declared: ReadonlyMap<string, Renamed>,
): { readonly matched: ReadonlyMap<string, Thing>; readonly faults: readonly DocumentFault[] } {
  const byName = new Map(present.map((thing) => [thing.name, thing]))
  const matched = new Map<string, Thing>()
  const renamed = new Set<string>()
  const faults: DocumentFault[] = []
  for (const [name, { was }] of declared) {
    const own = byName.get(name)
    const former = own === undefined && was !== undefined ? byName.get(was) : undefined
    if (own) matched.set(name, own)
    if (!former || was === undefined) continue
    if (declared.has(was) || renamed.has(was)) {
      const message = `"${was}" is named twice in the document: it cannot be renamed as well.`
      faults.push({ field: `${kind}.${name}.was`, code: 'DOCUMENT_FAULTY', message })
      continue
    }
    renamed.add(was)
    matched.set(name, former)
  }
  return { matched, faults }
}
