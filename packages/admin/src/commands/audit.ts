import { Command } from '@commander-js/extra-typings'
import type { AdminContext } from '../admin-context.ts'
import { examples } from '../options/examples.ts'

export function auditCommand(context: AdminContext) {
  return new Command('audit')
    .summary('verify that no entry of the audit trails is missing or changed')
    .description('Verifies the audit trails of accounts.')
    .addCommand(verifyCommand(context))
}

function verifyCommand(context: AdminContext) {
  return new Command('verify')
    .summary('verify that each entry follows from the one before it, in all accounts')
    .description(
      'Reads the audit trails straight from the store, and verifies that no revision is missing and that the hashes ' +
        'fit. It names the first entry of each account that does not, and exits with 1. It changes nothing, and may ' +
        'run while the services do. At Vault it logs in with VAULT_GC_..., as it lists what there is.',
    )
    .option('--account <id>', 'only the trail of this account')
    .option('--json', 'print the report as JSON')
    .addHelpText('after', examples('mtls-admin audit verify', 'mtls-admin audit verify --account le123'))
    .action(async ({ account, json }) => {
      const { verifyAudit } = await import('../work/verify-audit.ts')
      await verifyAudit(context, { account, json: json === true })
    })
}
