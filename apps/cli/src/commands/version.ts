import { Command } from '@commander-js/extra-typings'
import type { CliContext } from '../cli-context.ts'
import { examples } from '../options/examples.ts'

export function versionCommand({ build, output }: CliContext) {
  return new Command('version')
    .summary('show which build of mtls this is, and on which Node it runs')
    .description(
      'Shows the version of mtls, the commit that it was built of, and the version of Node that runs it. It asks no service.',
    )
    .option('--json', 'print them as JSON')
    .addHelpText('after', examples('mtls version', 'mtls version --json'))
    .action(({ json = false }) => {
      output.json = json
      const body = { name: 'mtls', ...build, node: process.versions.node }
      output.answer({ text: JSON.stringify(body), body }, ({ name, version, commit, node }) =>
        [`${name} ${version}`, `commit ${commit}`, `Node ${node}`].join('\n'),
      )
    })
}
