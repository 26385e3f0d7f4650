import { Command } from '@commander-js/extra-typings'
import type { AdminContext } from '../admin-context.ts'
import { examples } from '../options/examples.ts'

export function backupCommand(context: AdminContext) {
  return new Command('backup')
    .summary('back up the embedded store, also while the services run')
    .description(
      'Copies the embedded store, as it is at one moment, into a new folder (mode 0700), and checks the copy: every ' +
        'secret must open. Services go on reading and writing. Counts of uses are in it, nonces are not. By default ' +
        'the keys are not in it: without master.key (or MASTER_KEY) nobody can open the backup, and nobody else can ' +
        'change it unnoticed, so keep that elsewhere.',
    )
    .argument('<folder>', 'a folder that is not there yet')
    .option('--with-keys', 'also copy master.key and issuer.key: whoever has the backup then has every private key')
    .option('--json', 'print the report as JSON')
    .addHelpText('after', examples('mtls-admin backup /backups/$(date +%F)'))
    .action(async (folder, { withKeys, json }) => {
      const { backUp } = await import('../work/backup/back-up.ts')
      backUp(context, { folder, withKeys: withKeys === true, json: json === true })
    })
}
