import { parseArgs } from 'node:util'
import { CodedError } from '@mtls-gateway/domain'
import { AccountWriter, collectedKinds, collectGarbage, type GarbageReport } from '@mtls-gateway/registry'
import { duration } from '@mtls-gateway/service-kit'
import { table } from '@mtls-gateway/terminal'
import { readConfiguration } from '../configuration/configuration.ts'
import { withGarbageLogin } from '../maintenance/garbage-login.ts'
import { type CommandContext, type CommandResult, parsed } from './command-line.ts'
import { existingStore } from './existing-store.ts'

const usage = `Deletes keys, chains and secrets that no account uses any more, and previous versions of certificates that were
replaced 30 days ago. It may run while the services do.

  npm run gc [-- --dry-run] [--min-age 1d] [--json]

  --dry-run  counts what would be deleted, and deletes nothing
  --min-age  keeps everything younger: ms, s, m, h or d (default: 1d). Below a minute only while no config-api runs:
             a certificate that is being saved could lose its key
  --json     the report as JSON

It reads config-api's settings for the store (SECRET_STORE, DATA_DIR, VAULT_...). At Vault it logs in with VAULT_GC_...,
or with config-api's login if that is not set. An account whose document can't be read keeps everything. Exit code: 0
done, 1 done except for the accounts listed, 2 not done.`

const minAge = duration('--min-age', { default: '1d', meaning: 'The minimum age of what is deleted.' })

export async function garbageCommand(
  args: readonly string[],
  { environment, bar }: CommandContext,
): Promise<CommandResult> {
  const { values } = parsed(() =>
    parseArgs({
      args: [...args],
      options: {
        'dry-run': { type: 'boolean', default: false },
        'min-age': { type: 'string', default: '1d' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }),
  )
  if (values.help) return { output: usage }
  const age = minAge.schema.safeParse(values['min-age'])
  if (!age.success) throw new CodedError('VALIDATION_FAILED', '--min-age must be a number with ms, s, m, h or d: 12h.')
  const configuration = readConfiguration(environment)
  const store = await existingStore(withGarbageLogin(configuration) ?? configuration, configuration.secretStore)
  // Nothing that forwarders serve changes, so they need no notice.
  const writer = new AccountWriter({ store, changeFeed: { append: async () => {}, follow: neverFollowed } })
  try {
    const dryRun = values['dry-run']
    const report = await collectGarbage({
      store,
      writer,
      dryRun,
      minAgeMs: age.data,
      onProgress: (done, accounts) => bar.show(done, accounts, `${done} of ${accounts} accounts`),
    })
    const output = values.json ? JSON.stringify({ dryRun, ...report }) : text(report, dryRun)
    return { output, exitCode: report.problems.length === 0 ? 0 : 1 }
  } finally {
    await writer.close()
    await store.close()
  }
}

async function neverFollowed(): Promise<never> {
  throw new TypeError('a writer follows nothing')
}

function text({ accounts, kinds, previousVersions, problems }: GarbageReport, dryRun: boolean): string {
  const rows = collectedKinds.map((kind) => [kind, kinds[kind].named, kinds[kind].young, kinds[kind].purged])
  const heading = ['', 'named', 'too young', dryRun ? 'to purge' : 'purged']
  const faulty = problems.map(({ account, problem }) => `${account}: ${problem}`)
  const previous = `${previousVersions} previous versions ${dryRun ? 'to drop' : 'dropped'}`
  return [`${accounts} accounts`, table(heading, rows), previous, ...faulty].join('\n')
}
