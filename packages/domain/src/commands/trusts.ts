import type { Account } from '../account/account.ts'
import { type Command, type CommandContext, changedMappings } from '../account/command.ts'
import { refuseUsedKey } from '../account/idempotency.ts'
import { CodedError } from '../errors/coded-error.ts'
import { maxTrusts } from '../limits/limits.ts'
import { sharedCaRecords } from '../mappings/ca-records.ts'
import type { Mapping } from '../mappings/mapping.ts'
import { isAnyHost } from '../mappings/mapping-url.ts'
import type { TrustList } from '../mappings/trust-list.ts'
import { type ChangeDescription, nextAccount } from './next-account.ts'

export interface SetTrust {
  readonly trust: TrustList
  /** What it was; undefined: it is new. */
  readonly before: TrustList | undefined
}

/** Mappings that a refusal names. */
const maxNamedMappings = 10

/**
 * Makes a trust list or replaces its certificates, for all mappings that use it in the same change: each trusts by the
 * record of the list. With the certificates that it has already, nothing changes.
 * @throws CodedError `TOO_MANY_TRUSTS` (50 an account); `SCOPE_MISSING`: a mapping of any host uses it, whose trust an
 *   administrator decides on
 */
export function setTrust(context: CommandContext, asked: Omit<TrustList, 'revision'>): Command<SetTrust> {
  return (account) => {
    const { trusts = [] } = account
    const { name } = asked
    const before = trusts.find((each) => each.name === name)
    const caRecordId = sharedCaRecords(account)(asked.caRecordId)
    if (before?.caRecordId === caRecordId) {
      refuseUsedKey(account, context.idempotency)
      return { account, result: { trust: before, before }, revoked: [] }
    }
    if (!before && trusts.length >= maxTrusts) {
      throw new CodedError('TOO_MANY_TRUSTS', `An account may have at most ${maxTrusts} trust lists.`, {
        details: { limit: maxTrusts },
      })
    }
    const users = mappingsOfTrust(account, name)
    const fault = anyHostOfTrust(context, users)
    if (fault) throw fault
    const trust: TrustList = { ...before, ...asked, caRecordId, revision: account.revision + 1 }
    const description: ChangeDescription = {
      action: 'trusts.set',
      subjects: [name, ...users.map(({ id }) => `mapping ${id}`)],
      subjectRevision: before?.revision,
      ...(before && { fields: ['caCertificates'] }),
    }
    const parts = {
      trusts: before ? trusts.map((each) => (each === before ? trust : each)) : [...trusts, trust],
      // A mapping says what it did: its revision stays.
      ...(users.length > 0 && { mappings: account.mappings.map((each) => withRecordOf(each, trust)) }),
    }
    const revoked = users.length > 0 ? [changedMappings] : []
    return { account: nextAccount(account, context, description, parts), result: { trust, before }, revoked }
  }
}

/** @throws CodedError `TRUST_NOT_FOUND`; `TRUST_IN_USE` naming the first ten mappings that use it */
export function deleteTrust(context: CommandContext, name: string): Command<TrustList> {
  return (account) => {
    const trust = findTrust(account, name)
    const users = mappingsOfTrust(account, name)
    if (users.length > 0) {
      const mappings = users.slice(0, maxNamedMappings).map((mapping) => ({ id: mapping.id, name: mapping.name }))
      throw new CodedError(
        'TRUST_IN_USE',
        `The trust list "${name}" is used by ${users.length} mapping(s). Delete them, or change what they trust, first.`,
        { details: { mappings } },
      )
    }
    const description: ChangeDescription = {
      action: 'trusts.delete',
      subjects: [name],
      subjectRevision: trust.revision,
    }
    const trusts = account.trusts?.filter((each) => each !== trust) ?? []
    return { account: nextAccount(account, context, description, { trusts }), result: trust, revoked: [] }
  }
}

/** @throws CodedError `TRUST_NOT_FOUND` */
export function findTrust({ trusts = [] }: Pick<Account, 'trusts'>, name: string): TrustList {
  const trust = trusts.find((each) => each.name === name)
  if (trust) return trust
  throw new CodedError('TRUST_NOT_FOUND', `This account has no trust list "${name}". List them for their names.`)
}

export function mappingsOfTrust({ mappings }: Pick<Account, 'mappings'>, name: string): readonly Mapping[] {
  return mappings.filter(({ targetTrust }) => targetTrust?.trust === name)
}

/** With the record of a list that it uses. */
export function withRecordOf(mapping: Mapping, { name, caRecordId }: TrustList): Mapping {
  const { targetTrust } = mapping
  return targetTrust?.trust === name ? { ...mapping, targetTrust: { ...targetTrust, caRecordId } } : mapping
}

/** `SCOPE_MISSING` where one of the mappings that use a list is for any host; undefined: nothing is wrong. */
export function anyHostOfTrust({ isAdmin = false }: CommandContext, users: readonly Mapping[]): CodedError | undefined {
  const mapping = isAdmin ? undefined : users.find(({ url }) => isAnyHost(url))
  if (mapping === undefined) return undefined
  return new CodedError(
    'SCOPE_MISSING',
    `The mapping "${mapping.name}" of any host uses this list: who changes it needs the scope "mtls:admin".`,
  )
}
