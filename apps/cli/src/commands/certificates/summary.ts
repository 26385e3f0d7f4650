import { Command } from '@commander-js/extra-typings'
import type { CliContext } from '../../cli-context.ts'
import { connect } from '../../http/connection.ts'
import { certificateFiltersOf, withCertificateFilters } from '../../options/certificate-filters.ts'
import { withConnection } from '../../options/connection-options.ts'
import { examples } from '../../options/examples.ts'
import { summaryText } from '../../views/fleet-text.ts'

export function certificateSummaryCommand(context: CliContext) {
  const command = new Command('summary')
    .summary('count the certificates by issuer, key type, plan and expiry')
    .description('Counts the certificates in use by issuer, key type, renewal plan and the month in which they expire.')
    .addHelpText(
      'after',
      examples('mtls certificates summary', 'mtls certificates summary --issuer "CN=Example CA, O=Example"'),
    )
  return withConnection(withCertificateFilters(command)).action(async (options) => {
    const { configApi } = await connect(options, context)
    context.output.answer(await configApi.countCertificates({ query: certificateFiltersOf(options) }), summaryText)
  })
}
