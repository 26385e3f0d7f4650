import { Command } from '@commander-js/extra-typings'
import type { Certificate } from '@mtls-gateway/contract'
import { table } from '@mtls-gateway/terminal'
import type { CliContext } from '../cli-context.ts'
import { connect } from '../http/connection.ts'
import { withConnection } from '../options/connection-options.ts'
import { examples } from '../options/examples.ts'
import { wholeNumberOf } from '../options/whole-number.ts'
import { day } from '../views/lines.ts'

const dayMs = 86_400_000

export function expiringCommand(context: CliContext) {
  const command = new Command('expiring')
    .summary('list the certificates that expire soon')
    .description('Lists the certificates that have expired or expire soon, those with the most traffic first.')
    .option('--within <days>', 'how many days to look ahead', wholeNumberOf('days'), 30)
    .addHelpText('after', examples('mtls expiring --within 60'))
  return withConnection(command).action(async ({ within, ...options }) => {
    const { configApi } = await connect(options, context)
    const found = await configApi.listCertificates({ query: { expiringWithinDays: within } })
    context.output.answer(found, (certificates) => expiringText(certificates, within, Date.now()))
  })
}

function expiringText(certificates: readonly Certificate[], within: number, now: number): string {
  if (certificates.length === 0) return `No certificate ends within ${within} days.`
  const rows = certificates.map(({ id, name, status, expirationDate, usage }) => [
    id,
    name,
    status,
    day(expirationDate ?? ''),
    expirationDate === null ? '' : Math.floor((Date.parse(expirationDate) - now) / dayMs),
    usage?.calls ?? 0,
    usage?.lastUsedAt ? day(usage.lastUsedAt) : 'never',
  ])
  return table(['ID', 'NAME', 'STATUS', 'EXPIRES', 'DAYS', 'CALLS', 'LAST CALL'], rows)
}
