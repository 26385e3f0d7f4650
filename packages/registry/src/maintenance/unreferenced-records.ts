import type { Account } from '@mtls-gateway/domain'

/**
 * Those of the ids that the account does not name. An id counts as named wherever it stands in the document, in fields
 * too that a later version of the gateway has added: in a rolling update an older instance must not purge what they
 * name. Ids are random, so nothing else is taken for one. Only the log of changes may tell of what is gone.
 */
export function unreferencedIn<Id extends string>(account: Account, ids: Iterable<Id>): ReadonlySet<Id> {
  const { changes: _, ...document } = account
  const unreferenced = new Set(ids)
  strike(document, unreferenced)
  return unreferenced
}

function strike(value: unknown, unreferenced: Set<string>): void {
  if (typeof value === 'string') unreferenced.delete(value)
  else if (typeof value === 'object' && value !== null) {
    for (const part of Object.values(value)) strike(part, unreferenced)
  }
}
