import { Command } from '@commander-js/extra-typings'
import type { DoctorContext } from '../admin-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { examples } from '../options/examples.ts'

export function doctorCommand(context: DoctorContext) {
  const command = new Command('doctor')
    .summary('check what the service needs, and say how to fix it')
    .description(
      'Runs the checks of the service at its start: settings, files, its certificate and key, memory. Then it tries ' +
        'everything that the service calls: Vault and the policies that it needs there, Redis and the rights of its ' +
        'user, the token issuer, the prober, config-api and the identity provider (of the console), and where traces ' +
        'go. It changes nothing, here or there. With VAULT_OPERATOR_TOKEN it also compares the policies at Vault with ' +
        'those of this release. The exit code is 1 if something has to be fixed.',
    )
    .option('--service <name>', 'another service of this image: prober, in that of config-api')
    .option('--json', 'print the findings as JSON')
    .addHelpText('after', examples('mtls-admin doctor', 'mtls-admin doctor --service prober'))
  return command.action(async ({ service = context.service.name, json }) => {
    const known = Object.keys(context.service.processes)
    if (!known.includes(service)) command.error(`error: --service must be one of ${known.join(', ')}.`)
    const { examine } = await import('../work/doctor/examine.ts')
    const { findingsText, isSound } = await import('../work/doctor/report.ts')
    const findings = await examine(context, service)
    context.print(json === true ? JSON.stringify({ findings }) : findingsText(findings, context.colour))
    if (!isSound(findings)) context.exitCode = exitCodes.incomplete
  })
}
