import { Command } from '@commander-js/extra-typings'
import type { DoctorContext } from '../admin-context.ts'
import { examples } from '../options/examples.ts'

export function versionCommand(context: DoctorContext) {
  return new Command('version')
    .summary('show which build of the service this is')
    .description(
      'Shows the service whose image this is, its version, the commit that it was built of, and the version of Node. The running service says the same at /version of its management port.',
    )
    .option('--json', 'print them as JSON, as /version does')
    .addHelpText('after', examples('mtls-admin version', 'mtls-admin version --json'))
    .action(({ json }) => {
      const { name, version, commit } = context.service
      const { node } = process.versions
      context.print(
        json === true
          ? JSON.stringify({ name, version, commit, node })
          : [`${name} ${version}`, `commit ${commit}`, `Node ${node}`].join('\n'),
      )
    })
}
