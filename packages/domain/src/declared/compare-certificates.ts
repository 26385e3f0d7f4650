import type { Account } from '../account/account.ts'
import { isSame } from '../account/canonical-json.ts'
import type { CommandContext } from '../account/command.ts'
import type { Certificate, VersionRecordIds } from '../certificates/certificate.ts'
import type { RenewalPlan } from '../certificates/renewal-plan.ts'
import type { CertificateChanged, Moment } from '../commands/certificate-change.ts'
import { settersOf } from '../commands/makers.ts'
import { type PlanSetters, planCertificate, unplanCertificate } from '../commands/plans.ts'
import { isCodedError } from '../errors/coded-error.ts'
import type { RecordId } from '../identifiers/ids.ts'
import type { DeclaredCertificate, MadeCertificate } from './declared-document.ts'
import { planChoicesOf, viewDeclaredCertificate } from './declared-view.ts'
import {
  type Compared,
  changedFields,
  type DocumentChange,
  type DocumentFault,
  matchByName,
} from './document-difference.ts'

export interface ComparedCertificates extends Compared<Certificate> {
  /** Names of those that are made. */
  readonly made: readonly string[]
  /** Versions that go with the orders of plans. */
  readonly dropped: readonly VersionRecordIds[]
  /** Records of signing requests that nobody names any more. */
  readonly droppedOrders: readonly RecordId[]
}

/** When the document is applied, and by whom: their plans ask for approvals in that name. */
type MomentOfChange = Moment & Pick<CommandContext, 'actor'>

/** What the certificates of a document make of those of the account, without those that are deleted. */
export function compareCertificates(
  account: Account,
  declared: ReadonlyMap<string, DeclaredCertificate>,
  managedBy: string,
  moment: MomentOfChange,
): ComparedCertificates {
  const { matched, faults: ofNames } = matchByName('certificates', account.certificates, declared)
  const faults: DocumentFault[] = [...ofNames]
  const setters = settersOf(account, moment)
  const compared: Collected = { changes: [], subjects: [], made: [], dropped: [], droppedOrders: [] }
  const changed = new Map<Certificate, Certificate>()
  const added: Certificate[] = []
  for (const [name, entry] of declared) {
    const path = `certificates.${name}`
    const present = matched.get(name)
    if (present === undefined) {
      if (!entry.plan) {
        if (!isRenamedInVain(ofNames, path)) faults.push(notThere(path))
        continue
      }
      const made = newCertificate(name, entry, managedBy, { ...moment, ...setters })
      added.push(made)
      compared.made.push(name)
      compared.subjects.push(`${made.id} ${name}`)
      const fields = changedFields({}, viewDeclaredCertificate(made))
      compared.changes.push({ action: 'create', kind: 'certificate', name, fields })
      continue
    }
    try {
      const { certificate, dropped } = planned({ ...present, name }, entry, { at: moment.at, ...setters })
      if (isSame(certificate, present)) continue
      const next = { ...certificate, updatedAt: moment.at, revision: moment.revision }
      changed.set(present, next)
      if (dropped) compared.dropped.push(dropped)
      if (present.plan?.order && !next.plan?.order) compared.droppedOrders.push(present.plan.order.csrId)
      compared.subjects.push(`${present.id} ${name}`)
      compared.changes.push({
        action: present.name === name ? 'update' : 'rename',
        kind: 'certificate',
        name,
        fields: changedFields(
          { ...viewDeclaredCertificate(present), name: present.name },
          { ...viewDeclaredCertificate(next), name },
        ),
      })
    } catch (error) {
      if (!isCodedError(error)) throw error
      faults.push({ field: `${path}.plan`, code: error.code, message: error.message })
    }
  }
  return {
    ...compared,
    list: [...account.certificates.map((each) => changed.get(each) ?? each), ...added],
    named: new Set(matched.values()),
    faults,
  }
}

/** What is found while the certificates are gone through. */
interface Collected {
  readonly changes: DocumentChange[]
  readonly subjects: string[]
  readonly made: string[]
  readonly dropped: VersionRecordIds[]
  readonly droppedOrders: RecordId[]
}

function newCertificate(
  name: string,
  { newId: id, plan, made }: DeclaredCertificate,
  managedBy: string,
  { at, revision, setBy, madeBy }: Moment & PlanSetters,
): Certificate {
  return {
    ...{ id, name, createdAt: at, updatedAt: at, revision, managedBy },
    ...(made && ('version' in made ? { current: made.version, currentSince: revision } : { staged: made.request })),
    ...(plan && { plan: { ...planChoicesOf(plan), setBy, ...(madeBy && { madeBy }), ...(made && begun(made)) } }),
  }
}

/** Where a plan stands with what was made. */
function begun(made: MadeCertificate): Pick<RenewalPlan, 'order' | 'fetched'> {
  if ('version' in made) {
    const { keyId, fingerprintSha256 } = made.version
    return { fetched: { keyId, fingerprintSha256 } }
  }
  return { order: { keyId: made.request.keyId, csrId: made.csrId } }
}

function planned(
  certificate: Certificate,
  { plan }: DeclaredCertificate,
  setters: Parameters<typeof planCertificate>[2],
): CertificateChanged {
  if (plan === undefined) return { certificate }
  if (plan === null) return certificate.plan ? unplanCertificate(certificate) : { certificate }
  const isThere = certificate.plan !== undefined && isSame(planChoicesOf(certificate.plan), planChoicesOf(plan))
  return isThere ? { certificate } : planCertificate(certificate, plan, setters)
}

function isRenamedInVain(faults: readonly DocumentFault[], path: string): boolean {
  return faults.some(({ field }) => field === `${path}.was`)
}

function notThere(field: string): DocumentFault {
  const message = 'The account has no such certificate. Upload it first, or give it a "plan" by which it is made.'
  return { field, code: 'CERTIFICATE_NOT_FOUND', message }
}
