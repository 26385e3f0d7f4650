import { Command } from '@commander-js/extra-typings'
import type { Service } from '@mtls-gateway/contract'
import { table } from '@mtls-gateway/terminal'
import type { CliContext } from '../cli-context.ts'
import { connect } from '../http/connection.ts'
import { withConnection } from '../options/connection-options.ts'
import { examples } from '../options/examples.ts'

export function servicesCommand(context: CliContext) {
  const command = new Command('services')
    .summary('list the services that mappings can be for')
    .description('Lists the services that calls can come from, by number and name. Commands take either.')
    .addHelpText('after', examples('mtls services'))
  return withConnection(command).action(async (options) => {
    const { configApi } = await connect(options, context)
    context.output.answer(await configApi.listServices(), servicesText)
  })
}

function servicesText(services: readonly Service[]): string {
  return table(
    ['NUMBER', 'NAME'],
    services.map(({ id, name }) => [id, name]),
  )
}
