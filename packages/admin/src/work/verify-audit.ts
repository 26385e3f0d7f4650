import { type AccountId, isCodedError, parseAccountId } from '@mtls-gateway/domain'
import { type CheckedAudit, checkAudit, listAccounts } from '@mtls-gateway/registry'
import { table } from '@mtls-gateway/terminal'
import type { AdminContext } from '../admin-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { existingStore } from './existing-store.ts'

export interface VerifyOptions {
  readonly account: string | undefined
  readonly json: boolean
}

interface Problem {
  readonly account: AccountId
  readonly problem: string
}

export async function verifyAudit(context: AdminContext, { account, json }: VerifyOptions): Promise<void> {
  const { service, environment, bar } = context
  const configuration = (service.garbageConfiguration ?? service.readConfiguration)(environment)
  const store = await existingStore(context, configuration, configuration.secretStore)
  try {
    // Segments outlast an account that somebody has removed.
    const accounts =
      account === undefined ? await listAccounts(store, ['accounts', 'audit']) : [parseAccountId(account)]
    const checked: CheckedAudit[] = []
    const problems: Problem[] = []
    for (const [done, accountId] of accounts.entries()) {
      bar.show(done, accounts.length, `${done} of ${accounts.length} accounts`)
      try {
        checked.push(await checkAudit(store, accountId))
      } catch (error) {
        if (!isCodedError(error)) throw error
        problems.push({ account: accountId, problem: error.message })
      }
    }
    const faults = checked.flatMap(problemOf)
    context.print(json ? JSON.stringify({ accounts: checked, problems }) : text(checked, [...faults, ...problems]))
    if (faults.length + problems.length > 0) context.exitCode = exitCodes.incomplete
  } finally {
    await store.close()
  }
}

function problemOf({ accountId, fault }: CheckedAudit): readonly Problem[] {
  if (fault === undefined) return []
  const { revision, finding } = fault
  const entry = `the entry of revision ${revision}`
  const problem =
    finding === 'missing' ? `${entry} is missing.` : `${entry} is not as it was written, or the one before it is not.`
  return [{ account: accountId, problem }]
}

/** Accounts whose trail is whole from its first entry on are only counted. */
function text(checked: readonly CheckedAudit[], problems: readonly Problem[]): string {
  const entries = checked.reduce((sum, each) => sum + each.entries, 0)
  const noted = checked.filter(({ from, unchained }) => from > 1 || unchained > 0)
  const rows = noted.map(({ accountId, from, to, unchained }) => [accountId, from, to, unchained])
  return [
    `${checked.length} accounts, ${entries} entries, ${problems.length} faults`,
    ...problems.map(({ account, problem }) => `${account}: ${problem}`),
    ...(rows.length > 0 ? [table(['ACCOUNT', 'FROM', 'TO', 'WITHOUT A HASH'], rows)] : []),
  ].join('\n')
}
