import type { ChangeNotice } from '@mtls-gateway/coordination'
import {
  type Account,
  type AccountId,
  type CertificateId,
  type RecordId,
  redeemedCode,
  versionsOf,
} from '@mtls-gateway/domain'
import type { SecretStore } from '@mtls-gateway/secret-store'
import { inParallel } from '../in-parallel.ts'
import { epochAccount } from '../store-epoch.ts'
import { coded } from '../store-failure.ts'
import { AccountStore } from '../write/account-store.ts'

/** An account whose last changes a restore has undone. */
interface LostAccount {
  readonly account: AccountId
  /** What it is at in the restored store; 0: it is gone. */
  readonly revision: number
  readonly was: number
}

/** Something that was revoked, and that the restored store names again. */
export type ValidAgain =
  | { readonly account: AccountId; readonly appKeyId: RecordId }
  | { readonly account: AccountId; readonly invitationId: RecordId }
  | { readonly account: AccountId; readonly handoverId: RecordId; readonly certificateId: CertificateId }
  | { readonly account: AccountId; readonly certificateId: CertificateId; readonly versionId: string }

export interface LostChanges {
  readonly accounts: readonly LostAccount[]
  readonly validAgain: readonly ValidAgain[]
}

const readsAtOnce = 8

/**
 * Compares a store that was put back to an older copy with the notices of changes: what they tell of and the store does
 * not have. They may be of several epochs: what an earlier restore has undone is found again.
 * @throws CodedError `STORE_UNAVAILABLE`, `STORE_DAMAGED`, `STORE_NEWER`
 */
export async function findLostChanges(store: SecretStore, notices: readonly ChangeNotice[]): Promise<LostChanges> {
  const told = Map.groupBy(notices, ({ account }) => account)
  told.delete(epochAccount)
  const accounts: LostAccount[] = []
  const validAgain: ValidAgain[] = []
  const read = new AccountStore(store)
  await inParallel(told, readsAtOnce, async ([accountId, ofAccount]) => {
    const { account } = await coded(read.read(accountId))
    const was = ofAccount.reduce((highest, { revision }) => Math.max(highest, revision), 0)
    if (account.revision < was) accounts.push({ account: accountId, revision: account.revision, was })
    validAgain.push(...namedBy(account, new Set(ofAccount.flatMap(({ revoked }) => revoked))))
  })
  return { accounts: accounts.sort(byAccount), validAgain: validAgain.sort(byAccount) }
}

function namedBy(
  { accountId, appKeys, invitations = [], handovers = [], certificates }: Account,
  revoked: ReadonlySet<string>,
): readonly ValidAgain[] {
  const keys = appKeys.filter(({ id }) => revoked.has(id))
  const invited = invitations.filter(
    ({ id, redeemedAt }) => revoked.has(id) || (redeemedAt === undefined && revoked.has(redeemedCode(id))),
  )
  const handedOver = handovers.filter(({ id }) => revoked.has(id))
  const versions = certificates.flatMap((certificate) =>
    versionsOf(certificate).flatMap(({ versionId }) =>
      versionId !== undefined && revoked.has(versionId) ? [{ certificateId: certificate.id, versionId }] : [],
    ),
  )
  return [
    ...keys.map(({ id }) => ({ account: accountId, appKeyId: id })),
    ...invited.map(({ id }) => ({ account: accountId, invitationId: id })),
    ...handedOver.map(({ id, certificateId }) => ({ account: accountId, handoverId: id, certificateId })),
    ...versions.map((version) => ({ account: accountId, ...version })),
  ]
}

function byAccount(one: { readonly account: AccountId }, other: { readonly account: AccountId }): number {
  return one.account.localeCompare(other.account)
}
