import { describe, expect, it } from '@jest/globals'
import { configApiSettings, proberSettings } from '@mtls-gateway/config-api'
import { consoleSettings } from '@mtls-gateway/console'
import { errorCodes, versionDifferenceCodes, warningCodes } from '@mtls-gateway/domain'
import { forwarderSettings } from '@mtls-gateway/forwarder-api'
import { transportCodes } from '@mtls-gateway/outbound'
import { currentDocuments } from '../../support/documents.ts'

/** Spelt as settings and codes are, and neither: variables of other programs, and names of OpenSSL. */
const others = [
  ...[
    'BUILD_COMMIT',
    'E2E_BACKENDS',
    'E2E_SERVICES',
    'NODE_COMPILE_CACHE',
    'NODE_EXTRA_CA_CERTS',
    'NODE_OPTIONS',
    'NO_COLOR',
  ],
  ...['VAULT_OPERATOR_TOKEN', 'XDG_CONFIG_HOME'],
  ...['MTLS_ACCOUNT', 'MTLS_CONFIG_API', 'MTLS_FORWARDER_API', 'MTLS_TOKEN', 'MTLS_PASSWORD'],
  ...[
    'MTLS_APP_KEY',
    'MTLS_APP_SECRET',
    'MTLS_CONSOLE_URL',
    'MTLS_ISSUER',
    'MTLS_CLIENT_CERT',
    'MTLS_CLIENT_ID',
    'MTLS_CLIENT_KEY',
    'MTLS_SCOPE',
    'MTLS_NOTICE_URL',
  ],
  // Used by the samples in docs/calling.md.
  ...['FORWARDER_URL', 'TARGET_URL', 'APP_KEY', 'APP_SECRET'],
  'TLS_AES_256_GCM_SHA384',
  // OpenTelemetry's own.
  ...['OTEL_BSP_MAX_QUEUE_SIZE', 'OTEL_BSP_SCHEDULE_DELAY', 'OTEL_EXPORTER_OTLP_CERTIFICATE'],
  ...['OTEL_EXPORTER_OTLP_COMPRESSION', 'OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_HEADERS'],
  ...['OTEL_EXPORTER_OTLP_TIMEOUT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_RESOURCE_ATTRIBUTES'],
  ...['OTEL_SDK_DISABLED', 'OTEL_SERVICE_NAME', 'OTEL_TRACES_EXPORTER'],
  ...['OTEL_TRACES_SAMPLER', 'OTEL_TRACES_SAMPLER_ARG'],
  // Read by redis-cli.
  'REDISCLI_AUTH',
  // Roles under PSD2.
  ...['PSP_AS', 'PSP_PI', 'PSP_AI', 'PSP_IC'],
  // A built-in service of the account.
  'TEST_SERVICE',
]
const services = [configApiSettings, forwarderSettings, proberSettings, consoleSettings]
const known = new Set<string>([
  ...services.flatMap((settings) => Object.values(settings).map(({ variable }) => variable)),
  ...[...errorCodes, ...warningCodes, ...versionDifferenceCodes, ...transportCodes],
  ...others,
])

/** Not what is a part of a longer name, or stands for several with a star. */
const capitals = /(?<![\w-])[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+(?![\w*])/g
const named = ({ text }: { readonly text: string }): readonly string[] =>
  [...text.matchAll(capitals)].map(([name]) => name)

describe('what documents name in capitals', () => {
  it.each(currentDocuments)('is a setting or a code that there is: $path', (document) => {
    expect(named(document).filter((name) => !known.has(name))).toEqual([])
  })

  it('has no exception that no document needs', () => {
    const all = new Set(currentDocuments.flatMap(named))
    expect(others.filter((name) => !all.has(name))).toEqual([])
  })
})
