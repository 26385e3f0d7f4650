import type { TargetTrustRequest } from '@mtls-gateway/contract'
import {
  type AccountId,
  checkName,
  type DeclaredCertificate,
  type DeclaredDocument,
  type DeclaredMapping,
  type DeclaredSignature,
  type DeclaredTrust,
  type DocumentFault,
  parseMappingUrl,
  parseTrustName,
  planChoicesOf,
  type RecordId,
  type ServiceCatalogue,
  throwDocumentFaults,
} from '@mtls-gateway/domain'
import { convertInTurns } from '@mtls-gateway/event-loop'
import type { RequestSpec } from '@mtls-gateway/key-material'
import { newCertificateIds, newMappingIds } from '../changes/new-ids.ts'
import type { CaCertificates } from '../mappings/ca-certificates.ts'
import { readMessageSignature } from '../mappings/message-signature-request.ts'
import { type RequestedAuth, readTargetAuth } from '../mappings/target-auth-request.ts'
import type { PreparedAuths, TargetSecrets } from '../mappings/target-secrets.ts'
import { readTargetTls } from '../mappings/target-tls-request.ts'
import { type ReadCas, type RequestedTrust, readTargetTrust, trustedCas } from '../mappings/target-trust-request.ts'
import { prepareTrusts, type StoredTrusts } from '../mappings/trust-records.ts'
import type { RenewalPlans } from '../plans/renewal-plans.ts'
import { readApprovalRule } from '../settings/settings-request.ts'
import { readRequestSpec } from '../signing-requests/signing-request-body.ts'
import { type DocumentEntries, type Entries, EntryFields, readEntries } from './document-entries.ts'

/** A document, with what it has of records, which are not stored yet. */
export interface ReadDocument {
  readonly document: DeclaredDocument
  readonly trusts: Pick<StoredTrusts, 'records'>
  readonly auths: Pick<PreparedAuths, 'secrets'>
  /** By what certificates begin that are not there, where they can. */
  readonly beginnings: ReadonlyMap<string, Beginning>
}

/** An order with this key and subject, or what a source has. */
export type Beginning = { readonly spec: RequestSpec } | { readonly source: string }

export interface DocumentReaderParts {
  readonly services: ServiceCatalogue
  readonly cas: CaCertificates
  readonly secrets: TargetSecrets
  readonly plans: RenewalPlans
}

type MappingEntry = Entries<'mappings'> extends ReadonlyMap<string, infer Entry> ? Entry : never
type CertificateEntry = Entries<'certificates'> extends ReadonlyMap<string, infer Entry> ? Entry : never

interface ReadMapping {
  readonly name: string
  readonly mapping: Omit<DeclaredMapping, 'targetTrust' | 'targetAuth'>
  readonly targetTrust: RequestedTrust | null | undefined
  readonly targetAuth: RequestedAuth | null | undefined
}

/** A common name has at most so many characters (RFC 5280, appendix A.1). */
const maxCommonName = 64

/** Turns documents into domain values. */
export class DocumentReader {
  readonly #parts: DocumentReaderParts

  constructor(parts: DocumentReaderParts) {
    this.#parts = parts
  }

  /** @throws CodedError `DOCUMENT_FAULTY` with every fault by its path; `LIMIT_EXCEEDED`, `TOO_MANY_BODIES` */
  async read(account: AccountId, body: Readonly<Record<string, unknown>>, changeId: RecordId): Promise<ReadDocument> {
    const faults: DocumentFault[] = []
    const entries = await readEntries(account, body, faults)
    const cas = await this.#readCas(account, entries)
    const beginnings = new Map<string, Beginning>()
    const certificates = this.#certificates(account, entries, newCertificateIds(changeId), beginnings, faults)
    const lists = readTrusts(entries, cas, faults)
    const newId = newMappingIds(changeId)
    const mappings = await convertInTurns([...entries.mappings], ([name, entry]): ReadMapping => {
      return this.#mapping(name, entry, newId(), cas, faults)
    })
    const appKeys = entries.appKeys && this.#appKeys(entries.appKeys, faults)
    throwDocumentFaults(faults)
    // Together, so that those who have the same certificates share a record.
    const trusts = prepareTrusts([
      ...lists.map(({ caCertificates }) => caCertificates && { caCertificates: caCertificates.pems }),
      ...mappings.map(({ targetTrust }) => targetTrust),
    ])
    const auths = await this.#parts.secrets.prepare(
      account,
      mappings.map(({ targetAuth }) => targetAuth),
    )
    const document: DeclaredDocument = {
      certificates,
      trusts: new Map(lists.map(({ name, caCertificates }, at) => [name, trustOf(caCertificates, trusts.trusts[at])])),
      mappings: new Map(
        mappings.map(({ name, mapping }, at) => {
          const targetTrust = trusts.trusts[lists.length + at]
          return [name, { ...mapping, targetTrust, targetAuth: auths.auths[at] }]
        }),
      ),
      appKeys,
      settings: readSettings(entries),
    }
    return { document, trusts, auths, beginnings }
  }

  async #readCas(account: AccountId, { trusts, mappings }: DocumentEntries): Promise<ReadCas> {
    const ofMappings = [...mappings.values()].map(({ targetTrust }) => targetTrust)
    return this.#parts.cas.read(account, [...trusts.values(), ...ofMappings])
  }

  #certificates(
    account: AccountId,
    { certificates }: DocumentEntries,
    newId: () => DeclaredCertificate['newId'],
    beginnings: Map<string, Beginning>,
    faults: DocumentFault[],
  ): ReadonlyMap<string, DeclaredCertificate> {
    return new Map(
      [...certificates].map(([name, entry]) => {
        const fields = new EntryFields(`certificates.${name}`, faults)
        fields.name(() => checkName('name', name))
        const beginning = fields.read('plan', () => this.#beginning(account, name, entry, fields))
        if (beginning) beginnings.set(name, beginning)
        return [name, { newId: newId(), was: entry.was, plan: entry.plan && planChoicesOf(entry.plan) }]
      }),
    )
  }

  /** By what it would begin, if it is not there. */
  #beginning(
    account: AccountId,
    name: string,
    { plan, request }: CertificateEntry,
    fields: EntryFields,
  ): Beginning | undefined {
    if (!plan) return undefined
    this.#parts.plans.check(account, planChoicesOf(plan))
    const { profile, source } = plan
    if (profile === undefined) return source === undefined ? undefined : { source }
    return fields.read('request', () => {
      const keyType = this.#parts.plans.keyType(account, profile, request?.keyType)
      if (request) return { spec: readRequestSpec({ ...request, keyType }) }
      if (name.length > maxCommonName) return undefined
      return { spec: readRequestSpec({ keyType, subject: { commonName: name }, subjectAltNames: [] }) }
    })
  }

  #mapping(
    name: string,
    entry: MappingEntry,
    newId: DeclaredMapping['newId'],
    cas: ReadCas,
    faults: DocumentFault[],
  ): ReadMapping {
    const fields = new EntryFields(`mappings.${name}`, faults)
    const { was, service, url, certificate, enable, targetTls, targetAuth, messageSignature } = entry
    fields.name(() => checkName('name', name))
    const trust = requestedTrust(entry)
    return {
      name,
      mapping: {
        ...{ newId, was, certificate, enable, answerTimeoutSeconds: entry.answerTimeoutSeconds },
        serviceId:
          service === undefined
            ? undefined
            : fields.read('service', () => this.#parts.services.resolve(String(service)).number),
        url: url === undefined ? undefined : fields.read('url', () => parseMappingUrl(url)),
        targetTls: targetTls && fields.read('targetTls', () => readTargetTls(targetTls)),
        messageSignature: messageSignature && fields.read('messageSignature', () => readSignature(messageSignature)),
      },
      targetTrust: trust && fields.read('targetTrust', () => readTargetTrust(trust, cas)),
      targetAuth: targetAuth && fields.read('targetAuth', () => readTargetAuth(targetAuth)),
    }
  }

  #appKeys(appKeys: NonNullable<DocumentEntries['appKeys']>, faults: DocumentFault[]): DeclaredDocument['appKeys'] {
    return new Map(
      [...appKeys].map(([label, { scopes, services, expiresAt }]) => {
        const fields = new EntryFields(`appKeys.${label}`, faults)
        const named = services && fields.read('services', () => services.map((each) => this.#serviceName(each)))
        const end = expiresAt && new Date(expiresAt).toISOString()
        return [label, { ...(scopes && { scopes }), services: named, ...(end !== undefined && { expiresAt: end }) }]
      }),
    )
  }

  #serviceName(service: string | number): string {
    return this.#parts.services.resolve(String(service)).name
  }
}

interface ReadTrust {
  readonly name: string
  readonly caCertificates: { readonly pems: readonly string[]; readonly facts: readonly CaFacts[] } | undefined
}
type CaFacts = NonNullable<DeclaredTrust['caCertificates']>['facts'][number]

function readTrusts({ trusts }: DocumentEntries, cas: ReadCas, faults: DocumentFault[]): readonly ReadTrust[] {
  return [...trusts].map(([name, { caCertificates: text }]) => {
    const fields = new EntryFields(`trusts.${name}`, faults)
    fields.name(() => parseTrustName(name, 'trusts'))
    const read =
      text === undefined ? undefined : fields.read('caCertificates', () => trustedCas(text, cas, 'caCertificates'))
    return { name, caCertificates: read && { pems: read.certificates, facts: read.facts } }
  })
}

function trustOf(read: ReadTrust['caCertificates'], stored: StoredTrusts['trusts'][number]): DeclaredTrust {
  if (!read || !stored?.caRecordId) return {}
  return { caCertificates: { caRecordId: stored.caRecordId, facts: read.facts } }
}

function readSettings({ settings }: DocumentEntries): DeclaredDocument['settings'] {
  return settings && { ...settings, approvals: settings.approvals && readApprovalRule(settings.approvals) }
}

/** `trust` and `targetTrust` go together: who names one of them names all of it. */
function requestedTrust({ trust, targetTrust }: MappingEntry): TargetTrustRequest | null | undefined {
  if (trust === undefined && targetTrust === undefined) return undefined
  if (!trust && !targetTrust) return null
  return { ...targetTrust, ...(trust && { trust }) }
}

function readSignature({ certificate, ...rest }: NonNullable<MappingEntry['messageSignature']>): DeclaredSignature {
  // Any id: what is checked is whether another certificate may sign, and which one is looked up by its name later.
  const { certificateId: _, ...signature } = readMessageSignature({
    ...rest,
    ...(certificate !== undefined && { certificationId: 1 }),
  })
  return { signature, certificate }
}
