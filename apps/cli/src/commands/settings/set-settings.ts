import { Command, Option } from '@commander-js/extra-typings'
import type { ConfigApiClient } from '@mtls-gateway/client'
import type { SettingsRequest } from '@mtls-gateway/contract'
import type { CliContext } from '../../cli-context.ts'
import { CliFailure } from '../../cli-failure.ts'
import { connect } from '../../http/connection.ts'
import { approvalsOf, withApprovals } from '../../options/approval-options.ts'
import { withConnection } from '../../options/connection-options.ts'
import { examples } from '../../options/examples.ts'
import { secretNote } from '../../views/secret-note.ts'
import { settingsText } from '../../views/settings-text.ts'

export function setSettingsCommand(context: CliContext) {
  const command = new Command('set')
    .summary('change settings of the account')
    .description(
      'Changes settings of the account. What you leave out stays as it is, but the options for approvals replace all that is set about them. The secret of a new webhook is not shown again.',
    )
    .addOption(
      new Option(
        '--unmapped-calls <what>',
        'whether calls that no mapping matches go out over plain TLS, or are refused',
      ).choices(['plain', 'refuse'] as const),
    )
    .addOption(
      new Option(
        '--publish-keys <yes|no>',
        'whether anybody may read the public parts of the signing keys, at jwks.json of the account',
      ).choices(['yes', 'no'] as const),
    )
    .option('--webhook <url>', 'url to call before certificates expire')
    .option('--rotate-webhook-secret', 'give the webhook a new secret')
    .addOption(new Option('--remove-webhook', 'remove the webhook').conflicts(['webhook', 'rotateWebhookSecret']))
    .addHelpText(
      'after',
      examples(
        'mtls settings set --unmapped-calls refuse',
        'mtls settings set --webhook https://hooks.example/mtls',
        'mtls settings set --require-approval promote --require-approval target-host --approvals-expire-after 3d',
      ),
    )
  return withConnection(withApprovals(command)).action(async ({ unmappedCalls, publishKeys, ...options }) => {
    const { webhook: url, rotateWebhookSecret: rotateSecret, removeWebhook } = options
    const approvals = approvalsOf(options)
    if (
      [unmappedCalls, publishKeys, url, rotateSecret, removeWebhook, approvals].every(
        (setting) => setting === undefined,
      )
    ) {
      throw new CliFailure('wrongUse', 'Nothing to set: name at least one setting (mtls settings set --help).')
    }
    const { configApi } = await connect(options, context)
    const { webhook, ifMatch } = removeWebhook ? { webhook: null } : await webhookChange(configApi, url, rotateSecret)
    const set = await configApi.changeSettings({
      body: { unmappedCalls, publishKeys: publishKeys && publishKeys === 'yes', webhook, approvals },
      ifMatch,
    })
    context.output.answer(set, settingsText)
    if (set.body.webhook?.secret !== undefined) context.output.complain(secretNote)
  })
}

interface WebhookChange {
  readonly webhook?: NonNullable<SettingsRequest['webhook']>
  /** Where it repeats what was read. */
  readonly ifMatch?: string | null
}

/** The API takes a new secret only together with the url. @throws CliFailure, ServiceProblem */
async function webhookChange(
  configApi: ConfigApiClient,
  url: string | undefined,
  rotateSecret: true | undefined,
): Promise<WebhookChange> {
  if (url !== undefined) return { webhook: { url, rotateSecret } }
  if (!rotateSecret) return {}
  const { body, etag } = await configApi.getSettings()
  if (body.webhook) return { webhook: { url: body.webhook.url, rotateSecret }, ifMatch: etag }
  throw new CliFailure('refused', 'The account has no webhook. Set one: mtls settings set --webhook URL.')
}
