import type { AuditSettings } from '../configuration/audit-settings.ts'
import type { AuditReceiver } from './audit-receiver.ts'
import { FileReceiver } from './file-receiver.ts'
import { OtlpReceiver, WebhookReceiver } from './http-receivers.ts'

export interface ConfiguredReceiver {
  readonly receiver: AuditReceiver
  /** The setting that names it. */
  readonly variable: string
  /** What to do where it can't be reached. */
  readonly fix: string
}

const bytesAMiB = 1_048_576

/** The receivers of the audit that the settings name. */
export function receiversOf(settings: AuditSettings): readonly ConfiguredReceiver[] {
  const { auditWebhookUrl, auditWebhookSecretFile, auditOtlpEndpoint, auditFile, auditFileMiB } = settings
  const receivers: ConfiguredReceiver[] = []
  if (auditWebhookUrl !== undefined && auditWebhookSecretFile !== undefined) {
    const receiver = new WebhookReceiver(auditWebhookUrl, auditWebhookSecretFile)
    receivers.push({ receiver, ...httpFacts('AUDIT_WEBHOOK_URL') })
  }
  if (auditOtlpEndpoint !== undefined) {
    receivers.push({ receiver: new OtlpReceiver(auditOtlpEndpoint), ...httpFacts('AUDIT_OTLP_ENDPOINT') })
  }
  if (auditFile !== undefined) {
    const fix = 'Make its folder, and let the user of the service write there.'
    receivers.push({ receiver: new FileReceiver(auditFile, auditFileMiB * bytesAMiB), variable: 'AUDIT_FILE', fix })
  }
  return receivers
}

function httpFacts(variable: string) {
  return { variable, fix: `Check ${variable}, NODE_EXTRA_CA_CERTS and the network.` }
}
