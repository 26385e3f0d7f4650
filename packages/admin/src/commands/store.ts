import { Command, Option } from '@commander-js/extra-typings'
import type { AdminContext } from '../admin-context.ts'
import { readDuration } from '../options/duration-option.ts'
import { examples } from '../options/examples.ts'

export function storeCommand(context: AdminContext) {
  return new Command('store')
    .summary('tell the services what was done to the store')
    .description('Tells the services what was done to the store.')
    .addCommand(restoredCommand(context))
}

function restoredCommand(context: AdminContext) {
  return new Command('restored')
    .summary('drop what services have cached, after an older copy was put back; say what that has undone')
    .description(
      'Begins a new epoch of the store. Run it right after you have put the store back to an older copy: every service ' +
        'then drops what it has cached, and reads it again. Then it lists what the restore has undone, as far as the ' +
        'change notices that are left tell of it (the last hour with the embedded store, the last 100,000 with Redis). ' +
        'It logs in at Vault as config-api does: run it with the settings of config-api. It may be repeated.',
    )
    .option('--revoke', 'delete again the app keys, invitations and handovers that were deleted, and are valid again')
    .addOption(
      new Option(
        '--wait <time>',
        'how long to wait until every forwarder that runs is on the new epoch: ms, s, m, h or d; 0s: not at all',
      )
        .argParser(readDuration)
        .default(30_000, '30s'),
    )
    .option('--json', 'print the report as JSON')
    .addHelpText('after', examples('mtls-admin store restored --revoke'))
    .action(async ({ revoke, wait, json }) => {
      const { storeRestored } = await import('../work/restored/begin-epoch.ts')
      await storeRestored(context, { revoke: revoke === true, waitMs: wait, json: json === true })
    })
}
