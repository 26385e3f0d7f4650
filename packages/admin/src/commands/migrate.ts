import { Command, Option } from '@commander-js/extra-typings'
import type { AdminContext } from '../admin-context.ts'
import { examples } from '../options/examples.ts'

const stores = ['embedded', 'vault'] as const

export function migrateCommand(context: AdminContext) {
  return new Command('migrate')
    .summary('copy everything from one store to the other')
    .description(
      'Copies every account and secret from one store to the other, and reads each back. It writes nothing to a ' +
        'target that has made app keys of its own: choose an empty one. Stop config-api first: a ' +
        'change made after its account was copied is missing from the target. Accounts that have changed in the ' +
        'meantime are listed at the end. You can run it again at any time: it leaves what is there alone, and updates ' +
        'what an earlier run has copied. It writes nothing to the source. The login at Vault must be able to list, ' +
        'create, update and read everything under the mount, including keys: grant that for the migration and revoke ' +
        'it afterwards.',
    )
    .addOption(
      new Option('--from <store>', 'embedded is described by DATA_DIR and MASTER_KEY, vault by VAULT_...')
        .choices(stores)
        .makeOptionMandatory(),
    )
    .addOption(new Option('--to <store>', 'the other one').choices(stores).makeOptionMandatory())
    .option('--json', 'print the report as JSON')
    .addHelpText('after', examples('mtls-admin migrate --from embedded --to vault'))
    .action(async ({ from, to, json }) => {
      const { migrateStore } = await import('../work/migrate-store.ts')
      await migrateStore(context, { source: from, target: to, json: json === true })
    })
}
