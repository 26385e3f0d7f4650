import { readFileSync } from 'node:fs'
import {
  type Configuration,
  type ConfigurationRule,
  field,
  fileFor,
  integer,
  serviceUrl,
  text,
} from '@mtls-gateway/service-kit'

const webhookUrl = serviceUrl('AUDIT_WEBHOOK_URL', {
  example: 'https://siem.example/mtls-gateway',
  meaning:
    'Url that gets every entry of the audit, as signed Standard Webhooks (docs/audit.md). The network rules for targets do not apply: it is your own.',
})

const webhookSecretFile = field(
  'AUDIT_WEBHOOK_SECRET_FILE',
  fileFor(readWebhookSecret, 'must name a file with a secret: whsec_ and at least 24 bytes in base64'),
  {
    isSecretFile: true,
    example: '/run/secrets/audit-webhook',
    meaning:
      'File with the secret that these webhooks are signed with (echo whsec_$(openssl rand -base64 32)); read for each delivery.',
  },
)

/** Where the audit goes beside the store. */
export const auditSettings = {
  auditWebhookUrl: webhookUrl,
  auditWebhookSecretFile: webhookSecretFile,
  auditOtlpEndpoint: serviceUrl('AUDIT_OTLP_ENDPOINT', {
    example: 'https://collector.example:4318',
    meaning: 'OpenTelemetry collector that gets every entry of the audit, as logs by OTLP/HTTP at `/v1/logs`.',
  }),
  auditFile: text('AUDIT_FILE', {
    example: '/var/log/mtls-gateway/audit.jsonl',
    meaning: 'File that gets every entry of the audit, a line of JSON each. Each instance needs a file of its own.',
  }),
  auditFileMiB: integer('AUDIT_FILE_MIB', 1, 10_240, {
    default: '64',
    meaning:
      'Size in MiB at which `AUDIT_FILE` is renamed, with the time at the end of its name, and a new one begins. Nothing deletes the old ones.',
  }),
}

export type AuditSettings = Configuration<typeof auditSettings>

export const auditRule: ConfigurationRule<AuditSettings> = (values) => {
  const { auditWebhookUrl, auditWebhookSecretFile } = values
  // What is wrong by itself has been reported.
  if (!('auditWebhookUrl' in values) || !('auditWebhookSecretFile' in values)) return []
  if ((auditWebhookUrl === undefined) === (auditWebhookSecretFile === undefined)) return []
  const missing = auditWebhookUrl === undefined ? webhookUrl : webhookSecretFile
  const other = auditWebhookUrl === undefined ? webhookSecretFile : webhookUrl
  const problem = `is required together with ${other.variable}`
  return [{ variable: missing.variable, problem, example: missing.example }]
}

/**
 * `whsec_` and base64. Read each time, so that a replaced secret takes effect at once.
 * @throws Error: the file can't be read, or holds something else
 */
export function readWebhookSecret(path: string): string {
  const secret = readFileSync(path, 'utf8').trim()
  if (!/^whsec_[A-Za-z0-9+/]{32,}={0,2}$/.test(secret)) throw new Error(`${path} holds no secret of a webhook`)
  return secret
}
