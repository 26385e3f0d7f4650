import { Command, Option } from '@commander-js/extra-typings'
import type { CliContext } from '../../cli-context.ts'
import { connect } from '../../http/connection.ts'
import { withConnection } from '../../options/connection-options.ts'
import { examples } from '../../options/examples.ts'
import { withPage } from '../../options/page-options.ts'
import { certificateTable } from '../../views/certificate-text.ts'
import { showPage } from '../../views/page.ts'

const extendedKeyUsages = ['present', 'absent', 'unrestricted'] as const

export function listCertificatesCommand(context: CliContext) {
  const command = new Command('list')
    .summary('list the certificates')
    .description(
      'Lists all certificates of the account, or a page of them with --limit. To see those that expire soon, use mtls expiring.',
    )
    .addOption(
      new Option(
        '--client-auth <usage>',
        'only certificates whose extended key usage has client authentication, lacks it, or is missing',
      ).choices(extendedKeyUsages),
    )
    .addHelpText('after', examples('mtls certificates list', 'mtls certificates list --client-auth absent'))
  return withConnection(withPage(command)).action(async ({ clientAuth, limit, cursor, ...options }) => {
    const { configApi } = await connect(options, context)
    const page = await configApi.listCertificates({ query: { clientAuth, limit, cursor } })
    showPage(page, context.output, certificateTable)
  })
}
