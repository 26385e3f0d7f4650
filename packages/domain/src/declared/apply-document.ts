import type { Account } from '../account/account.ts'
import type { AppKey } from '../account/app-key.ts'
import type { GuardedAction } from '../account/approval-words.ts'
import { isSame } from '../account/canonical-json.ts'
import { type CommandContext, changedMappings, type LongCommand } from '../account/command.ts'
import { type AccountSettings, settingsOf } from '../account/settings.ts'
import { actionsOf, guardedEffects } from '../approvals/guarded-effects.ts'
import type { ServiceCatalogue } from '../callers/services.ts'
import type { Certificate, VersionRecordIds } from '../certificates/certificate.ts'
import { versionsOf } from '../certificates/certificate-versions.ts'
import { anyHostOfSettings } from '../commands/any-host.ts'
import { withMappingsLeft } from '../commands/mapping-promotion.ts'
import { type ChangeDescription, nextAccount } from '../commands/next-account.ts'
import { nextSettings } from '../commands/settings.ts'
import { CodedError } from '../errors/coded-error.ts'
import type { CertificateId, RecordId } from '../identifiers/ids.ts'
import type { Mapping } from '../mappings/mapping.ts'
import type { HeldSecret } from '../mappings/target-auth.ts'
import type { TrustList } from '../mappings/trust-list.ts'
import { compareCertificates } from './compare-certificates.ts'
import { compareMappings } from './compare-mappings.ts'
import { compareTrusts, trustsFaults } from './compare-trusts.ts'
import type { DeclaredAppKey, DeclaredDocument } from './declared-document.ts'
import { viewDeclaredSettings } from './declared-view.ts'
import { changedFields, type DocumentChange, type DocumentFault, throwDocumentFaults } from './document-difference.ts'

export interface DocumentOptions {
  /** Whose document it is: what it makes is managed by that. */
  readonly source: string
  /** Deletes what a document of the same source has made and this one does not name. */
  readonly prune: boolean
  /** By a token with `mtls:admin`, which app keys and settings ask for. */
  readonly mayAdminister: boolean
  readonly services: ServiceCatalogue
}

export interface DocumentApplied {
  readonly changes: readonly DocumentChange[]
  /** How many certificates, trust lists and mappings stay that the document does not name. */
  readonly kept: number
  /** Names of the certificates that are made, each with a key of its own, or with what its source has. */
  readonly made: readonly string[]
  /** Mappings and trust lists that are changed or deleted, as they were. */
  readonly before: { readonly mappings: readonly Mapping[]; readonly trusts: readonly TrustList[] }
  /** Versions that the account names no more. */
  readonly dropped: readonly VersionRecordIds[]
  /** Records of signing requests that it names no more. */
  readonly droppedOrders: readonly RecordId[]
}

export interface DocumentCompared extends DocumentApplied {
  /** Why applying it waits for the word of a second person; empty: it does not wait. */
  readonly needsApproval: readonly GuardedAction[]
}

/**
 * What applying a document would change, which is what {@link applyDocument} changes: nobody has to have made a key.
 * It pauses, as documents may be long.
 * @throws CodedError as {@link applyDocument}
 */
export function* compareDocument(
  account: Account,
  context: CommandContext,
  document: DeclaredDocument,
  options: DocumentOptions,
): Generator<undefined, DocumentCompared> {
  const { next, result } = yield* compare(account, context, document, options)
  return { ...result, needsApproval: actionsOf(yield* guardedEffects(account, next)) }
}

/**
 * Makes the account as a document says, in one change. A document that says what is there already changes nothing.
 * @throws CodedError `DOCUMENT_FAULTY` with every fault by its path; `ACCOUNT_BUSY`: a certificate that was there when
 *   the document was compared is gone, and no key was made for it
 */
export function applyDocument(
  context: CommandContext,
  document: DeclaredDocument,
  options: DocumentOptions,
): LongCommand<DocumentApplied> {
  return function* (account) {
    const { next, result, revoked } = yield* compare(account, context, document, options)
    if (result.changes.length === 0) return { account, result, revoked: [] }
    if (result.made.some((name) => document.certificates.get(name)?.made === undefined)) throw certificateGone()
    return { account: next, result, revoked }
  }
}

interface Comparison {
  readonly next: Account
  readonly result: DocumentApplied
  readonly revoked: readonly string[]
}

function* compare(
  account: Account,
  context: CommandContext,
  document: DeclaredDocument,
  options: DocumentOptions,
): Generator<undefined, Comparison> {
  const { source, prune } = options
  const moment = { at: context.at, revision: account.revision + 1 }
  const before = settingsOf(account)
  const declared = nextSettings(before, document.settings ?? {})
  const fields = changedFields(viewDeclaredSettings(before), viewDeclaredSettings(declared))
  const settings = fields.length === 0 ? before : declared
  const certificates = compareCertificates(account, document.certificates, source, {
    ...moment,
    actor: context.actor,
  })
  const trusts = compareTrusts(account, context, document.trusts, source)
  const base: Account = {
    ...account,
    certificates: certificates.list,
    trusts: trusts.list,
    ...((account.settings || settings !== before) && { settings }),
  }
  yield
  const mappings = yield* compareMappings({
    ...{ context, account: base, declared: document.mappings, managedBy: source, prune },
    facts: comparedFacts(account, base, options.services),
    replaced: trusts.replaced,
  })
  yield
  const isOwn = (each: { readonly managedBy?: string }) => prune && each.managedBy === source
  const goes = new Set([
    ...certificates.list.filter((each) => isOwn(each) && !document.certificates.has(each.name)),
    ...trusts.list.filter((each) => isOwn(each) && !document.trusts.has(each.name)),
  ])
  const gone = certificates.list.filter((each) => goes.has(each))
  const goneTrusts = trusts.list.filter((each) => goes.has(each))
  const left = withMappingsLeft(
    { ...base, certificates: certificates.list.filter((each) => !goes.has(each)) },
    mappings.list,
    mappings.before,
    moment,
  )
  const leftTrusts = trusts.list.filter((each) => !goes.has(each))
  throwDocumentFaults([
    ...administrationFaults(document, options),
    ...settingsFaults(settings, before, mappings.list),
    ...appKeyFaults(account, document.appKeys ?? new Map(), options.services),
    ...trusts.faults,
    ...certificates.faults,
    ...mappings.faults,
    ...trustsFaults(leftTrusts),
    ...stillUsed(mappings.list, gone, goneTrusts),
  ])
  yield
  const ofSettings: DocumentChange[] =
    settings === before ? [] : [{ action: 'update', kind: 'settings', name: 'settings', fields }]
  const deletions: DocumentChange[] = [
    ...gone.map(({ name }) => ({ action: 'delete', kind: 'certificate', name, fields: [] }) as const),
    ...goneTrusts.map(({ name }) => ({ action: 'delete', kind: 'trust', name, fields: [] }) as const),
  ]
  const changes = [...ofSettings, ...trusts.changes, ...certificates.changes, ...mappings.changes, ...deletions]
  const next = nextAccount(
    account,
    context,
    describe(changes, [
      ...ofSettings.map(({ name }) => name),
      ...trusts.subjects,
      ...certificates.subjects,
      ...mappings.subjects,
      ...gone.map(({ id, name }) => `${id} ${name}`),
      ...goneTrusts.map(({ name }) => name),
    ]),
    {
      ...left,
      ...((account.trusts || leftTrusts.length > 0) && { trusts: leftTrusts }),
      ...(settings !== before && { settings }),
    },
  )
  const touched = [...trusts.replaced, ...goneTrusts].map(({ name }) => name)
  const usesTouched = account.mappings.some(({ targetTrust }) => touched.includes(targetTrust?.trust ?? ''))
  const result: DocumentApplied = {
    changes,
    kept: countKept(account, [certificates.named, trusts.named, mappings.named], deletions, mappings.changes),
    made: certificates.made,
    before: {
      mappings: mappings.before,
      trusts: account.trusts?.filter(({ name }) => touched.includes(name)) ?? [],
    },
    dropped: [...certificates.dropped, ...gone.flatMap(versionsOf)],
    droppedOrders: [...certificates.droppedOrders, ...gone.flatMap(({ plan }) => plan?.order?.csrId ?? [])],
  }
  const revoked = [
    ...(mappings.before.length > 0 || usesTouched ? [changedMappings] : []),
    ...gone.flatMap(versionsOf).flatMap(({ versionId }) => versionId ?? []),
  ]
  return { next, result, revoked }
}

function settingsFaults(
  settings: AccountSettings,
  before: AccountSettings,
  mappings: readonly Mapping[],
): readonly DocumentFault[] {
  const fault = settings === before || settings.unmappedCalls === 'refuse' ? undefined : anyHostOfSettings(mappings)
  return fault ? [{ field: 'settings.unmappedCalls', code: fault.code, message: fault.message }] : []
}

/** The single operations ask for as much, also of whoever changes nothing: what is there would be told. */
function administrationFaults(
  { appKeys, settings }: DeclaredDocument,
  { mayAdminister }: DocumentOptions,
): readonly DocumentFault[] {
  if (mayAdminister) return []
  const message = 'This needs a token with the scope "mtls:admin".'
  const parts = Object.entries({ appKeys, settings }).filter(([, part]) => part !== undefined)
  return parts.map(([field]) => ({ field, code: 'SCOPE_MISSING', message }))
}

/** Nobody would get the secret of a key that a document makes, and nothing changes one that is made. */
function appKeyFaults(
  account: Account,
  declared: ReadonlyMap<string, DeclaredAppKey>,
  services: ServiceCatalogue,
): readonly DocumentFault[] {
  return [...declared].flatMap(([label, wanted]): DocumentFault[] => {
    const field = `appKeys.${label}`
    const [key, ...others] = account.appKeys.filter((each) => each.label === label)
    if (key === undefined) {
      const message = 'The account has no such app key, and a document makes none: nobody would get its secret.'
      return [{ field, code: 'APP_KEY_NOT_FOUND', message }]
    }
    if (others.length > 0) {
      const message = 'Several app keys have this label, so it says nothing of one of them.'
      return [{ field, code: 'DOCUMENT_FAULTY', message }]
    }
    const present = viewDeclaredAppKey(key, services)
    const other = Object.entries(wanted).filter(
      ([name, value]) => value !== undefined && !isSame(sorted(present[name]), sorted(value)),
    )
    const message = 'The app key is another. It cannot be changed: create a new one, and delete this one.'
    return other.map(([name]) => ({ field: `${field}.${name}`, code: 'DOCUMENT_FAULTY', message }))
  })
}

function sorted(value: unknown): unknown {
  return Array.isArray(value) ? value.toSorted() : value
}

/** An app key as a document has it. */
export function viewDeclaredAppKey(
  { scopes, services, expiresAt }: AppKey,
  catalogue: ServiceCatalogue,
): Readonly<Record<string, unknown>> & Pick<AppKey, 'scopes' | 'expiresAt'> {
  const names = services?.map((number) => catalogue.numbered(number).name)
  return { scopes, ...(names && { services: names }), expiresAt }
}

function stillUsed(
  mappings: readonly Mapping[],
  certificates: readonly Certificate[],
  trusts: readonly TrustList[],
): readonly DocumentFault[] {
  if (certificates.length + trusts.length === 0) return []
  const users = new Map<CertificateId | string, string>()
  for (const { name, certificateId, messageSignature, targetTrust } of mappings) {
    users.set(certificateId, name)
    if (messageSignature?.certificateId !== undefined) users.set(messageSignature.certificateId, name)
    if (targetTrust?.trust !== undefined) users.set(targetTrust.trust, name)
  }
  const faultOf = (
    field: string,
    code: 'CERTIFICATE_IN_USE' | 'TRUST_IN_USE',
    user: string | undefined,
  ): DocumentFault[] => {
    const message = `The document does not name it, but mappings use it, such as "${user}".`
    return user === undefined ? [] : [{ field, code, message }]
  }
  return [
    ...certificates.flatMap(({ id, name }) => faultOf(`certificates.${name}`, 'CERTIFICATE_IN_USE', users.get(id))),
    ...trusts.flatMap(({ name }) => faultOf(`trusts.${name}`, 'TRUST_IN_USE', users.get(name))),
  ]
}

function describe(changes: readonly DocumentChange[], subjects: readonly string[]): ChangeDescription {
  const fields = changes.flatMap(({ action, kind, fields: of }) => {
    if (action === 'create') return []
    return action === 'delete' ? ['deleted'] : of.map(({ field }) => `${kind}.${field}`)
  })
  return { action: 'document.apply', subjects, fields: [...new Set(fields)] }
}

function countKept(
  { certificates, trusts = [], mappings }: Account,
  named: readonly ReadonlySet<unknown>[],
  ...deletions: readonly (readonly DocumentChange[])[]
): number {
  const all = certificates.length + trusts.length + mappings.length
  const told = named.reduce((sum, { size }) => sum + size, 0)
  return all - told - deletions.flat().filter(({ action }) => action === 'delete').length
}

/** Names as they are to be; of what is not there any more, as they are. */
function comparedFacts(account: Account, next: Account, services: ServiceCatalogue) {
  const names = new Map([...account.certificates, ...next.certificates].map(({ id, name }) => [id, name]))
  return {
    certificateName: (id: CertificateId) => names.get(id) ?? String(id),
    serviceName: (number: string) => services.numbered(number).name,
    // The record's id begins with the SHA-256 of the certificates.
    caCertificates: (id: RecordId) => `sha256/${id.slice(0, 43)}`,
    secret: (held: HeldSecret | undefined) => (held === undefined ? {} : { hasSecret: true, secretSetAt: held.setAt }),
  }
}

function certificateGone(): CodedError {
  return new CodedError('ACCOUNT_BUSY', 'A certificate was deleted while the document was compared. Apply it again.', {
    retryAfterSeconds: 1,
  })
}
