import { Command, Option } from '@commander-js/extra-typings'
import { certificatesCsv } from '@mtls-gateway/client'
import type { CliContext } from '../../cli-context.ts'
import { connect } from '../../http/connection.ts'
import { withConnection } from '../../options/connection-options.ts'
import { examples } from '../../options/examples.ts'
import { sortOf, withPage, withSort } from '../../options/page-options.ts'
import { certificateTable } from '../../views/certificate-text.ts'
import { asCsv, showPage } from '../../views/page.ts'

const extendedKeyUsages = ['present', 'absent', 'unrestricted'] as const
const statuses = ['Available', 'Expired', 'PendingSignature', 'UnAvailable'] as const

const plans = [
  ...(['none', 'any', 'waiting', 'failing'] as const),
  ...(['idle', 'requested', 'ordered', 'staged', 'tested', 'promoting'] as const),
] as const

export function listCertificatesCommand(context: CliContext) {
  const command = new Command('list')
    .summary('list the certificates')
    .description(
      'Lists the certificates of the account, by name unless --sort says otherwise, or a page of them with --limit. To see those that expire soon, use mtls expiring.',
    )
    .addOption(
      new Option(
        '--client-auth <usage>',
        'only certificates whose extended key usage has client authentication, lacks it, or is missing',
      ).choices(extendedKeyUsages),
    )
    .option('--issuer <dn>', 'only certificates of this issuer, as mtls certificates show prints it')
    .option('--key-type <type>', 'only certificates with such a key: RSA-2048, EC-P256, Ed25519, ...')
    .option('--revoked', 'only certificates that their issuers have revoked')
    .addOption(
      new Option('--plan <state>', 'only certificates with such a renewal plan, with any, or with none').choices(plans),
    )
    .option('--search <text>', 'only certificates with this in their name or subject')
    .addOption(new Option('--status <status>', 'only certificates with this status').choices(statuses))
    .addHelpText(
      'after',
      examples(
        'mtls certificates list',
        'mtls certificates list --sort expires --limit 20',
        'mtls certificates list --client-auth absent --csv',
        'mtls certificates list --issuer "CN=Example CA,O=Example"',
      ),
    )
  return withConnection(withPage(withSort(command, 'they expire'))).action(async (given) => {
    const {
      clientAuth,
      issuer,
      keyType,
      plan,
      revoked,
      search,
      status,
      limit,
      cursor,
      sort,
      reverse,
      csv,
      ...options
    } = given
    const { configApi } = await connect(options, context)
    const query = {
      clientAuth,
      issuer,
      keyType,
      plan,
      revoked: revoked ? ('true' as const) : undefined,
      search,
      status,
      limit,
      cursor,
      sort: sortOf(sort, reverse),
    }
    const page = await configApi.listCertificates({ query })
    showPage(page, context.output, csv ? asCsv(certificatesCsv) : certificateTable, 'certificates')
  })
}
