import { Command, Option } from '@commander-js/extra-typings'
import type { AdminContext } from '../admin-context.ts'
import { readDuration } from '../options/duration-option.ts'

export function gcCommand(context: AdminContext) {
  return new Command('gc')
    .summary('delete keys that no account uses any more')
    .description(
      'Deletes keys, chains and secrets that no account uses any more, and previous versions of certificates that ' +
        'were replaced 30 days ago. It may run while the services do. At Vault it logs in with VAULT_GC_..., or as ' +
        "the service if that is not set. An account whose document can't be read keeps everything.",
    )
    .option('--dry-run', 'count what would be deleted, and delete nothing')
    .addOption(
      new Option(
        '--min-age <time>',
        'keep everything younger: ms, s, m, h or d. Below a minute only while no config-api runs: a certificate that is being saved could lose its key',
      )
        .argParser(readDuration)
        .default(86_400_000, '1d'),
    )
    .option('--json', 'print the report as JSON')
    .action(async ({ dryRun, minAge, json }) => {
      const { collect } = await import('../work/collect.ts')
      await collect(context, { dryRun: dryRun === true, minAgeMs: minAge, json: json === true })
    })
}
