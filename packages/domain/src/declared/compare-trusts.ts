import type { Account } from '../account/account.ts'
import type { CommandContext } from '../account/command.ts'
import { anyHostOfTrust, mappingsOfTrust } from '../commands/trusts.ts'
import { maxTrusts } from '../limits/limits.ts'
import { sharedCaRecords } from '../mappings/ca-records.ts'
import type { TrustList } from '../mappings/trust-list.ts'
import type { DeclaredTrust } from './declared-document.ts'
import { viewComparedTrust } from './declared-view.ts'
import { type Compared, changedFields, type DocumentChange, type DocumentFault } from './document-difference.ts'

export interface ComparedTrusts extends Compared<TrustList> {
  /** Those that get other certificates, as they are then. */
  readonly replaced: readonly TrustList[]
}

/** What the trust lists of a document make of those of the account, without those that are deleted. */
export function compareTrusts(
  account: Account,
  context: CommandContext,
  declared: ReadonlyMap<string, DeclaredTrust>,
  managedBy: string,
): ComparedTrusts {
  const { trusts = [] } = account
  const byName = new Map(trusts.map((list) => [list.name, list]))
  const share = sharedCaRecords(account)
  const changes: DocumentChange[] = []
  const faults: DocumentFault[] = []
  const replaced = new Map<TrustList, TrustList>()
  const added: TrustList[] = []
  for (const [name, { caCertificates }] of declared) {
    const present = byName.get(name)
    const path = `trusts.${name}.caCertificates`
    if (caCertificates === undefined) {
      if (!present) faults.push({ field: path, code: 'DOCUMENT_FAULTY', message: 'A new trust list needs them.' })
      continue
    }
    const caRecordId = share(caCertificates.caRecordId)
    if (present?.caRecordId === caRecordId) continue
    const next = {
      ...(present ?? { managedBy }),
      ...{ name, caRecordId, certificates: caCertificates.facts, revision: account.revision + 1 },
    }
    const fault = present && anyHostOfTrust(context, mappingsOfTrust(account, name))
    if (fault) faults.push({ field: path, code: fault.code, message: fault.message })
    if (present) replaced.set(present, next)
    else added.push(next)
    const fields = changedFields(present ? viewComparedTrust(present) : {}, viewComparedTrust(next))
    changes.push({ action: present ? 'update' : 'create', kind: 'trust', name, fields })
  }
  return {
    ...{ changes, faults, subjects: changes.map(({ name }) => name) },
    list: [...trusts.map((each) => replaced.get(each) ?? each), ...added],
    named: new Set(trusts.filter(({ name }) => declared.has(name))),
    replaced: [...replaced.values()],
  }
}

/** That there are more than an account may have, once those that are deleted are gone. */
export function trustsFaults({ length }: readonly TrustList[]): readonly DocumentFault[] {
  if (length <= maxTrusts) return []
  const message = `An account may have at most ${maxTrusts} trust lists, and would have ${length}.`
  return [{ field: 'trusts', code: 'TOO_MANY_TRUSTS', message }]
}
