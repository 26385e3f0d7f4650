import { Command } from '@commander-js/extra-typings'
import { certificatesCsv } from '@mtls-gateway/client'
import type { CliContext } from '../../cli-context.ts'
import { connect } from '../../http/connection.ts'
import { certificateFiltersOf, withCertificateFilters } from '../../options/certificate-filters.ts'
import { withConnection } from '../../options/connection-options.ts'
import { examples } from '../../options/examples.ts'
import { sortOf, withPage, withSort } from '../../options/page-options.ts'
import { certificateTable } from '../../views/certificate-text.ts'
import { asCsv, showPage } from '../../views/page.ts'

export function listCertificatesCommand(context: CliContext) {
  const command = new Command('list')
    .summary('list the certificates')
    .description(
      'Lists the certificates of the account, by name unless --sort says otherwise, or a page of them with --limit. To see those that expire soon, use mtls expiring.',
    )
    .addHelpText(
      'after',
      examples(
        'mtls certificates list',
        'mtls certificates list --sort expires --limit 20',
        'mtls certificates list --client-auth absent --csv',
        'mtls certificates list --issuer "CN=Example CA, O=Example"',
      ),
    )
  const filtered = withPage(withSort(withCertificateFilters(command), 'they expire'))
  return withConnection(filtered).action(async (given) => {
    const { limit, cursor, sort, reverse, csv, ...options } = given
    const { configApi } = await connect(options, context)
    const query = { ...certificateFiltersOf(options), limit, cursor, sort: sortOf(sort, reverse) }
    const page = await configApi.listCertificates({ query })
    showPage(page, context.output, csv ? asCsv(certificatesCsv) : certificateTable, 'certificates')
  })
}
