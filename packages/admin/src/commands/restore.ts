import { Command } from '@commander-js/extra-typings'
import type { AdminContext } from '../admin-context.ts'
import { examples } from '../options/examples.ts'

export function restoreCommand(context: AdminContext) {
  return new Command('restore')
    .summary('restore the embedded store from a backup, while no service runs')
    .description(
      'Checks a backup, and puts it into DATA_DIR, all of it or nothing. It is refused if something else than a gateway ' +
        'with its master key has written it, while a service uses the store, and if there is a store already: with ' +
        '--force that one is put aside, into DATA_DIR/before-restore-TIME. Changes since the backup are undone: deleted ' +
        'app keys work again, and replaced certificates are back.',
    )
    .argument('<folder>', 'a folder that mtls-admin backup made')
    .option('--force', 'put a store that is there aside')
    .option(
      '--master-key-file <file>',
      'the master.key of the backup, unless it is the one in DATA_DIR, or MASTER_KEY is set',
    )
    .option(
      '--accept-master-key <fingerprint>',
      'take the master key with this fingerprint from the backup, or replace the one in DATA_DIR with it: compare it ' +
        'with the one that backup printed',
    )
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      examples(
        'mtls-admin restore /backups/2026-01-31 --master-key-file /safe/master.key',
        'mtls-admin restore /backups/2026-01-31 --force',
      ),
    )
    .action(async (folder, { force, masterKeyFile, acceptMasterKey, json }) => {
      const { restore } = await import('../work/backup/restore.ts')
      await restore(context, { folder, force: force === true, masterKeyFile, acceptMasterKey, json: json === true })
    })
}
