import {
  type Configuration,
  commonRules,
  commonSettings,
  duration,
  type Environment,
  filePath,
  parseConfiguration,
  targetSettings,
} from '@mtls-gateway/service-kit'
import { auditRule, auditSettings } from './audit-settings.ts'
import { consoleUrl } from './console-url.ts'
import { garbageLoginRule, garbageSettings } from './garbage-settings.ts'
import { mailRule, mailSettings } from './mail-settings.ts'
import { proberClientRule, proberClientSettings } from './prober-settings.ts'

/** Every variable that config-api reads. */
export const configApiSettings = {
  ...commonSettings('CONFIG_API', { service: 8_080, management: 9_080 }),
  ...targetSettings(),
  changeTimeoutMs: duration('CHANGE_TIMEOUT', {
    default: '10s',
    within: ['1s', '1m'],
    meaning:
      'How long a change is tried while the store does not answer, or others change the same account; from 1s to 1m.',
  }),
  expiryCheckIntervalMs: duration('EXPIRY_CHECK_INTERVAL', {
    default: '1h',
    meaning:
      'How often expiring certificates are checked, for metrics, webhooks and notices; the first time within a minute of the start.',
  }),
  revocationCheckIntervalMs: duration('REVOCATION_CHECK_INTERVAL', {
    default: '1d',
    orZero: true,
    meaning:
      'How often issuers are asked whether certificates in use are revoked, by OCSP and CRLs over HTTP; 0 never asks.',
  }),
  auditRetentionMs: duration('AUDIT_RETENTION', {
    default: '0',
    meaning:
      'How long changes are kept that are older than the last 100 to 200 of their account, such as 400d; 0 keeps them forever.',
  }),
  ...auditSettings,
  consoleUrl,
  issuersFile: filePath('ISSUERS_FILE', {
    example: '/etc/mtls-gateway/issuers.json',
    meaning:
      'File with the profiles by which certificates can be ordered (docs/issuers.md). Without it, each account has a CA of its own.',
  }),
  sourcesFile: filePath('SOURCES_FILE', {
    example: '/etc/mtls-gateway/sources.json',
    meaning:
      'File with the folders and paths in Vault from which certificates can come with their keys (docs/sources.md).',
  }),
  ...garbageSettings,
  ...proberClientSettings,
  ...mailSettings,
}

export type ConfigApiConfiguration = Configuration<typeof configApiSettings>

/** @throws CodedError `CONFIGURATION_INVALID` */
export function readConfiguration(environment: Environment): ConfigApiConfiguration {
  const rules = [...commonRules(configApiSettings), garbageLoginRule, proberClientRule, mailRule, auditRule]
  return parseConfiguration(configApiSettings, environment, rules)
}
