import type { Account, Change } from '@mtls-gateway/domain'
import type { SecretReader } from '@mtls-gateway/secret-store'
import { readSegment } from './audit-segments.ts'

/**
 * The changes of an account, newest first: those that it holds itself, then those that were moved out of it. It ends
 * where a segment is gone.
 * @param before only changes of revisions below this one
 * @throws StoreError `unavailable`, `damaged`
 */
export async function readChanges(
  account: Account,
  store: SecretReader,
  { before = Number.POSITIVE_INFINITY, limit }: { readonly before?: number | undefined; readonly limit: number },
): Promise<readonly Change[]> {
  const page = account.changes
    .filter(({ revision }) => revision < before)
    .reverse()
    .slice(0, limit)
  let next = (page.at(-1)?.revision ?? Math.min(before, account.changes[0]?.revision ?? 1)) - 1
  while (page.length < limit && next > 0) {
    const segment = await readSegment(account.accountId, next, store)
    if (segment === undefined) break
    const older = segment.filter(({ revision }) => revision <= next).reverse()
    page.push(...older.slice(0, limit - page.length))
    next = (segment[0]?.revision ?? 1) - 1
  }
  return page
}
