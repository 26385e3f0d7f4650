import type { Account } from '../account/account.ts'
import { isSame } from '../account/canonical-json.ts'
import type { CommandContext } from '../account/command.ts'
import type { EntryFault } from '../commands/entry-faults.ts'
import { faultsOf } from '../commands/mapping-faults.ts'
import { mergeMapping } from '../commands/mappings.ts'
import { withRecordOf } from '../commands/trusts.ts'
import { CodedError, isCodedError } from '../errors/coded-error.ts'
import type { CertificateId } from '../identifiers/ids.ts'
import { sharingCaRecords } from '../mappings/ca-records.ts'
import type { Mapping } from '../mappings/mapping.ts'
import { hostOf } from '../mappings/mapping-url.ts'
import type { MessageSignature } from '../mappings/message-signature.ts'
import { nextTargetAuth, withoutKnownSecrets } from '../mappings/target-auth.ts'
import type { TrustList } from '../mappings/trust-list.ts'
import type { DeclaredMapping } from './declared-document.ts'
import { type ViewFacts, viewDeclaredMapping } from './declared-view.ts'
import {
  type Compared,
  changedFields,
  type DocumentChange,
  type DocumentFault,
  matchByName,
} from './document-difference.ts'

export interface MappingComparison {
  readonly context: CommandContext
  /** With the certificates, trust lists and settings that it is to have. */
  readonly account: Account
  readonly declared: ReadonlyMap<string, DeclaredMapping>
  readonly managedBy: string
  /** Whether what a document of the same source has made goes, where this one does not name it. */
  readonly prune: boolean
  readonly facts: ViewFacts
  /** Trust lists whose certificates are replaced. */
  readonly replaced: readonly TrustList[]
}

export interface ComparedMappings extends Compared<Mapping> {
  /** Those that are changed or deleted, as they were. */
  readonly before: readonly Mapping[]
}

interface Entry {
  readonly name: string
  readonly mapping: Mapping
}

/** What the mappings of a document make of those of the account. Uniqueness is that of the result. */
export function* compareMappings(comparison: MappingComparison): Generator<undefined, ComparedMappings> {
  const { account, context, declared, managedBy, prune, facts, replaced } = comparison
  const { matched, faults: ofNames } = matchByName('mappings', account.mappings, declared)
  const faults: DocumentFault[] = [...ofNames]
  const changes: DocumentChange[] = []
  const subjects: string[] = []
  const entries: Entry[] = []
  const nextOf = new Map<Mapping, Mapping>()
  const added: Mapping[] = []
  const read = entryReader(comparison)
  const lists = new Map(replaced.map((list) => [list.name, list]))
  const withList = (mapping: Mapping) => {
    const list = lists.get(mapping.targetTrust?.trust ?? '')
    return list ? withRecordOf(mapping, list) : mapping
  }
  for (const [name, entry] of declared) {
    yield
    const present = matched.get(name)
    const mapping = read(name, entry, present, faults)
    if (mapping === undefined || (present !== undefined && isSame(withList(present), mapping))) continue
    const next = { ...mapping, revision: account.revision + 1 }
    if (present) nextOf.set(present, next)
    else added.push(next)
    entries.push({ name, mapping: next })
    subjects.push(`${next.id} ${name}`)
    changes.push(changeOf(present, next, facts))
  }
  yield
  const named = new Set(matched.values())
  const deleted = new Set(
    prune ? account.mappings.filter((each) => each.managedBy === managedBy && !named.has(each)) : [],
  )
  for (const { id, name } of deleted) {
    subjects.push(`${id} ${name}`)
    changes.push({ action: 'delete', kind: 'mapping', name, fields: [] })
  }
  const left = account.mappings.filter((each) => !deleted.has(each)).map((each) => nextOf.get(each) ?? each)
  const list = [...left.map(withList), ...added]
  yield
  const mappings = entries.map(({ mapping }) => mapping)
  const ofEntries = faultsOf(account, context, list, mappings).map((fault) => faultOf(entries, fault))
  return {
    ...{ list, named, changes, subjects, faults: [...faults, ...ofEntries] },
    before: [...nextOf.keys(), ...deleted],
  }
}

/** Makes mappings of the entries of a document. What is wrong with one is added to the faults. */
function entryReader({ account, context, managedBy }: MappingComparison) {
  const share = sharingCaRecords(account)
  const certificates = new Map(account.certificates.map(({ id, name }) => [name, id]))
  return (
    name: string,
    entry: DeclaredMapping,
    present: Mapping | undefined,
    faults: DocumentFault[],
  ): Mapping | undefined => {
    const path = `mappings.${name}`
    const certificateOf = (certificate: string, field: string): CertificateId | undefined => {
      const id = certificates.get(certificate)
      const message = `The account has no certificate "${certificate}", and neither has the document.`
      if (!id) faults.push({ field: `${path}.${field}`, code: 'MAPPING_CERTIFICATE_UNKNOWN', message })
      return id
    }
    const { serviceId, url, enable, targetTrust, targetTls, answerTimeoutSeconds, messageSignature } = entry
    const certificateId = entry.certificate === undefined ? undefined : certificateOf(entry.certificate, 'certificate')
    const needed = { service: serviceId, url, certificate: entry.certificate }
    const missing = present ? [] : Object.entries(needed).filter(([, value]) => value === undefined)
    for (const [field] of missing) {
      faults.push({ field: `${path}.${field}`, code: 'DOCUMENT_FAULTY', message: 'A new mapping needs it.' })
    }
    const base = present ?? newMapping(name, entry, certificateId, managedBy)
    if (base === undefined || (entry.certificate !== undefined && certificateId === undefined)) return undefined
    const signer = messageSignature?.certificate
    const signerId = signer === undefined ? undefined : certificateOf(signer, 'messageSignature.certificate')
    if (signer !== undefined && signerId === undefined) return undefined
    try {
      const host = hostOf(url ?? base.url)
      const asked = entry.targetAuth ?? undefined
      const known = asked && withoutKnownSecrets(present?.targetAuth, asked, host)
      const auth = entry.targetAuth === null ? null : nextTargetAuth(present?.targetAuth, known, context, host)
      return mergeMapping(base, {
        ...{ name, serviceId, url, enable, certificateId, targetTls, answerTimeoutSeconds },
        targetTrust: targetTrust && share(targetTrust),
        targetAuth: auth ?? null,
        messageSignature: messageSignature && withSigner(messageSignature.signature, signerId),
      })
    } catch (error) {
      if (!isCodedError(error)) throw error
      faults.push(faultOfError(path, error))
      return undefined
    }
  }
}

function newMapping(
  name: string,
  { newId: id, serviceId, url, enable = true }: DeclaredMapping,
  certificateId: CertificateId | undefined,
  managedBy: string,
): Mapping | undefined {
  if (serviceId === undefined || url === undefined || certificateId === undefined) return undefined
  return { id, name, serviceId, url, enable, certificateId, managedBy, revision: 0 }
}

function withSigner(
  { scheme, ...rest }: Omit<MessageSignature, 'certificateId'>,
  certificateId: CertificateId | undefined,
): MessageSignature {
  return { scheme, ...(certificateId !== undefined && { certificateId }), ...rest }
}

function changeOf(present: Mapping | undefined, next: Mapping, facts: ViewFacts): DocumentChange {
  const { name } = next
  const after = viewDeclaredMapping(next, facts)
  if (!present) return { action: 'create', kind: 'mapping', name, fields: changedFields({}, after) }
  const before = { ...viewDeclaredMapping(present, facts), name: present.name }
  const action = present.name === name ? 'update' : 'rename'
  return { action, kind: 'mapping', name, fields: changedFields(before, { ...after, name }) }
}

/** As documents name them, where the API names them otherwise. */
const fieldsOfDocument: Readonly<Record<string, string>> = {
  certificationId: 'certificate',
  'messageSignature.certificationId': 'messageSignature.certificate',
  serviceId: 'service',
  'targetTrust.trust': 'trust',
}

function faultOf(entries: readonly Entry[], { index, code, message, field }: EntryFault): DocumentFault {
  return { field: fieldAt(`mappings.${entries[index]?.name}`, field), code, message }
}

/** What was thrown for one thing of a document. @param path of the thing */
export function faultOfError(path: string, { code, message, details }: CodedError): DocumentFault {
  return { field: fieldAt(path, details.field), code, message }
}

function fieldAt(path: string, field: unknown): string {
  return typeof field === 'string' ? `${path}.${fieldsOfDocument[field] ?? field}` : path
}
