import { Command } from '@commander-js/extra-typings'
import type { Certificate, Explanation, NearMiss } from '@mtls-gateway/contract'
import { table } from '@mtls-gateway/terminal'
import type { CliContext } from '../cli-context.ts'
import { connect } from '../http/connection.ts'
import { withConnection } from '../options/connection-options.ts'
import { examples } from '../options/examples.ts'
import { calledServiceOption } from '../options/service-option.ts'
import { hints } from '../views/hints.ts'
import { day, facts } from '../views/lines.ts'
import { authLine } from '../views/mapping-text.ts'
import { targetAccessLine } from '../views/target-access-text.ts'

export function explainCommand(context: CliContext) {
  const command = new Command('explain')
    .summary('show which mapping a call uses, and why')
    .description(
      'Shows which mapping and certificate a call would use and why, whether the gateway may connect to the target, and which mappings almost match.',
    )
    .addOption(calledServiceOption())
    .requiredOption('--url <url>', 'the target')
    .addHelpText('after', examples('mtls explain --service-name IDP --url https://bank.example/token'))
  return withConnection(command).action(async ({ serviceName, url, ...options }) => {
    const { configApi } = await connect(options, context)
    const explained = await configApi.explainMapping({ body: { serviceName, url } })
    context.output.answer(explained, explanationText)
  })
}

function explanationText(explained: Explanation): string {
  const { explanation, serviceName, serviceId, url, outcome, code, mapping, certificate, matchedBy } = explained
  const target = targetAccessLine(explained.targetAccess)
  return [
    code === null || hints[code] === undefined ? explanation : `${explanation} ${hints[code]}`,
    facts([
      ['outcome', code === null ? outcome : `${outcome}: ${code}`],
      ['service', serviceName === null ? undefined : `${serviceName} (${serviceId})`],
      ['url', url],
      ['mapping', mapping ? `${mapping.name} (${mapping.id}), ${matchedBy}: ${mapping.url}` : undefined],
      ['certificate', certificate ? certificateLine(certificate) : undefined],
      ['wants', mapping?.targetAuth && authLine(mapping.targetAuth)],
    ]),
    ...(target ? [target] : []),
    ...(explained.nearMisses.length === 0 ? [] : [nearMissTable(explained.nearMisses)]),
  ].join('\n\n')
}

function certificateLine({ id, name, status, expirationDate }: Certificate): string {
  return `${name} (${id}), ${status}${expirationDate === null ? '' : `, expires ${day(expirationDate)}`}`
}

function nearMissTable(misses: readonly NearMiss[]): string {
  const rows = misses.map(({ mapping, differences }) => [
    mapping.name,
    mapping.serviceId,
    differences.join(', '),
    mapping.url,
  ])
  return table(['NOT USED', 'SERVICE', 'BECAUSE OF', 'URL'], rows)
}
