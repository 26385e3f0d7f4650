import { Command } from '@commander-js/extra-typings'
import type { AdminContext } from '../admin-context.ts'
import { exitCodes } from '../exit-codes.ts'

export function doctorCommand(context: AdminContext) {
  return new Command('doctor')
    .summary('check what the service needs, and say how to fix it')
    .description(
      'Checks what the service needs: settings, versions, limits, modes of files, the store with its key, Vault, ' +
        'Redis, the token issuer, and the clocks of these. It changes nothing. With VAULT_OPERATOR_TOKEN it also ' +
        'compares the policies at Vault with those of this release. The exit code is 1 if something has to be fixed.',
    )
    .option('--json', 'print the findings as JSON')
    .action(async ({ json }) => {
      const { examine } = await import('../work/doctor/examine.ts')
      const { findingsText, isSound } = await import('../work/doctor/report.ts')
      const findings = await examine(context)
      context.print(json === true ? JSON.stringify({ findings }) : findingsText(findings, context.colour))
      if (!isSound(findings)) context.exitCode = exitCodes.incomplete
    })
}
