import { Command, Option } from '@commander-js/extra-typings'
import type { CliContext } from '../../cli-context.ts'
import { connect } from '../../http/connection.ts'
import { withConnection } from '../../options/connection-options.ts'
import { examples } from '../../options/examples.ts'
import { withPage } from '../../options/page-options.ts'
import { certificateTable } from '../../views/certificate-text.ts'
import { showPage } from '../../views/page.ts'

const extendedKeyUsages = ['present', 'absent', 'unrestricted'] as const
const statuses = ['Available', 'Expired', 'PendingSignature', 'UnAvailable'] as const

export function listCertificatesCommand(context: CliContext) {
  const command = new Command('list')
    .summary('list the certificates')
    .description(
      'Lists the certificates of the account, or a page of them with --limit. To see those that expire soon, use mtls expiring.',
    )
    .addOption(
      new Option(
        '--client-auth <usage>',
        'only certificates whose extended key usage has client authentication, lacks it, or is missing',
      ).choices(extendedKeyUsages),
    )
    .option('--search <text>', 'only certificates with this in their name or subject')
    .addOption(new Option('--status <status>', 'only certificates with this status').choices(statuses))
    .addHelpText('after', examples('mtls certificates list', 'mtls certificates list --client-auth absent'))
  return withConnection(withPage(command)).action(async (given) => {
    const { clientAuth, search, status, limit, cursor, ...options } = given
    const { configApi } = await connect(options, context)
    const page = await configApi.listCertificates({ query: { clientAuth, search, status, limit, cursor } })
    showPage(page, context.output, certificateTable)
  })
}
