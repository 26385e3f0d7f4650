import { Command } from '@commander-js/extra-typings'
import type { AdminContext } from '../admin-context.ts'

export function rotateMasterKeyCommand(context: AdminContext) {
  return new Command('rotate-master-key')
    .summary('seal the embedded store under a new master key')
    .description(
      'Makes a new master key and seals every secret of the embedded store under it, in one transaction. Services may ' +
        'run: they read on, changes wait meanwhile, and they take the new key up by themselves. The old key stays as ' +
        'master.key.old, for backups from before. If it is cut short, nothing is lost: run it again. With MASTER_KEY, ' +
        'stop the services, name the new key, and set MASTER_KEY to it afterwards.',
    )
    .option('--new-key-file <file>', 'with MASTER_KEY: a file with the new key, 32 bytes in base64')
    .option('--json', 'print the report as JSON')
    .action(async ({ newKeyFile, json }) => {
      const { rotateKey } = await import('../work/rotate-key.ts')
      rotateKey(context, { newKeyFile, json: json === true })
    })
}
