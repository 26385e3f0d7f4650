import { parseArgs } from 'node:util'
import { CodedError } from '@mtls-gateway/domain'
import { type MigrationReport, migrate } from '@mtls-gateway/registry'
import { table } from '@mtls-gateway/terminal'
import { readConfiguration } from '../configuration/configuration.ts'
import { type CommandContext, type CommandResult, parsed } from './command-line.ts'
import { answeringStore, existingStore, type StoreKind } from './existing-store.ts'

const usage = `Copies every account and secret from one store to the other, and reads each back.

  npm run migrate -- --from embedded --to vault [--json]

  --from, --to  embedded (DATA_DIR, MASTER_KEY) or vault (VAULT_ADDR, and a login: VAULT_TOKEN, or VAULT_ROLE_ID with
                VAULT_SECRET_ID_FILE, or VAULT_KUBERNETES_ROLE)
  --json        the report as JSON

Stop config-api first: a change made after its account was copied is missing from the target. Accounts that have changed
in the meantime are listed at the end. You can run it again at any time: it leaves what is there alone, and updates what
an earlier run has copied. It writes nothing to the source. The login at Vault must be able to list, create, update and
read everything under the mount, including keys: grant that for the migration and revoke it afterwards. Exit code: 0
everything is copied, 1 not everything, 2 not run.`

export async function migrationCommand(
  args: readonly string[],
  { environment, bar }: CommandContext,
): Promise<CommandResult> {
  const { values } = parsed(() =>
    parseArgs({
      args: [...args],
      options: {
        from: { type: 'string' },
        to: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }),
  )
  if (values.help) return { output: usage }
  const [source, target] = [storeKind('--from', values.from), storeKind('--to', values.to)]
  if (source === target) throw new CodedError('VALIDATION_FAILED', '--from and --to must be two different stores.')
  // Copying needs only the two stores, whatever else the services will need on Vault.
  const configuration = readConfiguration({ ...environment, SECRET_STORE: 'embedded' })
  const from = await existingStore(configuration, source)
  try {
    const to = await answeringStore(configuration, target)
    try {
      const report = await migrate({
        from,
        to,
        onProgress: ({ doneAccounts, accounts, secrets }) =>
          bar.show(doneAccounts, accounts, `${doneAccounts} of ${accounts} accounts, ${secrets} secrets`),
      })
      const isWhole = report.faults.length === 0 && report.moved.length === 0
      return { output: values.json ? JSON.stringify(report) : text(report), exitCode: isWhole ? 0 : 1 }
    } finally {
      await to.close()
    }
  } finally {
    await from.close()
  }
}

function storeKind(option: string, value: string | undefined): StoreKind {
  if (value === 'embedded' || value === 'vault') return value
  throw new CodedError('VALIDATION_FAILED', `${option} must be embedded or vault. (--help tells more.)`)
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
