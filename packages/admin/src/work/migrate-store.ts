import { CodedError } from '@mtls-gateway/domain'
import { type MigrationReport, migrate } from '@mtls-gateway/registry'
import { table } from '@mtls-gateway/terminal'
import type { AdminContext } from '../admin-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { answeringStore, existingStore, type StoreKind } from './existing-store.ts'

export interface MigrateOptions {
  readonly source: StoreKind
  readonly target: StoreKind
  readonly json: boolean
}

export async function migrateStore(context: AdminContext, { source, target, json }: MigrateOptions): Promise<void> {
  if (source === target) throw new CodedError('VALIDATION_FAILED', '--from and --to must be two different stores.')
  // Copying needs only the two stores, whatever else the services will need on Vault.
  const configuration = context.service.readConfiguration({ ...context.environment, SECRET_STORE: 'embedded' })
  const from = await existingStore(context, configuration, source)
  try {
    const to = await answeringStore(context, configuration, target)
    try {
      const report = await migrate({
        from,
        to,
        onProgress: ({ doneAccounts, accounts, secrets }) =>
          context.bar.show(doneAccounts, accounts, `${doneAccounts} of ${accounts} accounts, ${secrets} secrets`),
      })
      context.print(json ? JSON.stringify(report) : text(report))
      if (report.faults.length + report.moved.length > 0) context.exitCode = exitCodes.incomplete
    } finally {
      await to.close()
    }
  } finally {
    await from.close()
  }
}

function text({ accounts, records, faults, moved }: MigrationReport): string {
  const rows = [
    ['accounts', accounts.copied, accounts.present],
    ['records', records.copied, records.present],
  ]
  const faultLines = faults.map(({ path, problem }) => `${path} ${problem}`)
  const movedLines = moved.map(
    ({ account, copiedRevision, revision }) => `${account} changed: copied at ${copiedRevision}, now at ${revision}.`,
  )
  const advice = [
    ...(moved.length > 0 ? ['Stop config-api and run this again.'] : []),
    ...(faults.length > 0
      ? ['The accounts with the errors above were not copied. Fix the errors and run this again.']
      : []),
  ]
  return [table(['', 'copied', 'there already'], rows), ...faultLines, ...movedLines, ...advice].join('\n')
}
