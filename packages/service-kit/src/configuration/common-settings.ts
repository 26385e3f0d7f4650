import { backendSettings } from './backend-settings.ts'
import {
  baseUrlList,
  boolean,
  type Configuration,
  choice,
  duration,
  filePath,
  integer,
  port,
  secret,
  secretFilePath,
  serviceList,
  serviceUrl,
  text,
} from './fields.ts'
import { proxySettings } from './proxy-settings.ts'

interface DefaultPorts {
  readonly service: number
  readonly management: number
}

export type CommonSettings = ReturnType<typeof commonSettings>
export type CommonConfiguration = Configuration<CommonSettings>

/** The settings of both services. Those that each service has for itself start with `prefix` (`CONFIG_API`). */
export function commonSettings(prefix: string, ports: DefaultPorts) {
  return {
    ...serverSettings(prefix, ports),
    ...backendSettings(),
    ...edgeSettings(),
    ...credentialSettings(),
    ...callerCertificateSettings(),
  }
}

function serverSettings(prefix: string, ports: DefaultPorts) {
  return {
    port: port(`${prefix}_PORT`, {
      default: String(ports.service),
      meaning: 'Port of the service; 0 picks a free one.',
    }),
    host: text(`${prefix}_HOST`, {
      default: '127.0.0.1',
      example: '0.0.0.0',
      meaning:
        'Address to listen on. Any address but loopback requires PUBLIC_BASE_URLS, and TLS or BEHIND_TLS_PROXY=true.',
    }),
    managementPort: port(`${prefix}_MANAGEMENT_PORT`, {
      default: String(ports.management),
      meaning: 'Port of /metrics; 0 picks a free one.',
    }),
    managementHost: text('MANAGEMENT_HOST', {
      default: '127.0.0.1',
      example: '0.0.0.0',
      meaning: 'Address on which /metrics listens. It has no authentication.',
    }),
    logLevel: choice('LOG_LEVEL', ['info', 'trace', 'debug', 'warn', 'error', 'fatal', 'silent'], {
      default: 'info',
      meaning: 'Minimum level of log lines: trace, debug, info, warn, error, fatal or silent.',
    }),
    instanceName: text('INSTANCE_NAME', {
      example: 'forwarder-1',
      meaning:
        'Name of this instance in logs and propagation, which is followed by six random characters. By default the name of the host, or pod.',
    }),
    shutdownPauseMs: duration('SHUTDOWN_PAUSE', {
      default: '0s',
      example: '10s',
      meaning:
        'How long to go on serving after SIGTERM, unready and with `Connection: close` in answers, until load balancers and callers have left.',
    }),
    shutdownGraceMs: duration('SHUTDOWN_GRACE', {
      default: '30s',
      meaning: 'How long requests in flight may take to finish after SIGTERM and SHUTDOWN_PAUSE.',
    }),
    apiDocs: boolean('API_DOCS', {
      default: 'true',
      meaning: 'false: the service does not serve its OpenAPI documentation (/docs and /docs-json).',
    }),
    blockedLimitMs: duration('BLOCKED_LIMIT', {
      default: '10s',
      example: '10s',
      // With a shorter limit a large collection of the heap would end the process; a longer one is a mistake.
      within: ['1s', '1h'],
      orZero: true,
      meaning:
        'How long the event loop may be blocked before the process ends and logs where; 1s to 1h, 0 turns it off.',
    }),
    memoryLimitMiB: integer('MEMORY_LIMIT_MIB', 1, 16_777_216, {
      example: '1024',
      meaning:
        'How much memory the process may take, in MiB; everything that it keeps is derived from it. By default the limit of the container, or the memory of the machine.',
    }),
    services: serviceList('SERVICES', {
      default: '',
      meaning: 'Services in addition to the built-in ones, as NAME=number pairs.',
    }),
  }
}

function edgeSettings() {
  return {
    tlsCertFile: filePath('TLS_CERT_FILE', {
      example: '/etc/mtls-gateway/tls.crt',
      meaning: 'PEM file with the certificate and its chain, to terminate TLS here. Reloaded when it changes.',
    }),
    tlsKeyFile: secretFilePath('TLS_KEY_FILE', {
      example: '/etc/mtls-gateway/tls.key',
      meaning: 'PEM file with the private key of TLS_CERT_FILE. Reloaded when it changes.',
    }),
    behindTlsProxy: boolean('BEHIND_TLS_PROXY', {
      default: 'false',
      meaning: 'true: a proxy in front terminates TLS, so the service may listen on any address without it.',
    }),
    ...proxySettings(),
    maxConnections: integer('MAX_CONNECTIONS', 10, 1_000_000, {
      example: '4000',
      meaning:
        'Maximum connections from callers; one address gets at most half. By default half of the file descriptors, or as many as the memory has room for. Targets get the rest, except for an eighth.',
    }),
    throttlePerSecond: integer('THROTTLE_PER_SECOND', 1, 1_000_000, {
      default: '150',
      meaning: 'Maximum requests per second from one address (IPv6: from one /56).',
    }),
    publicBaseUrls: baseUrlList('PUBLIC_BASE_URLS', {
      default: '',
      meaning:
        'Urls by which callers reach the service; OAuth 1.0a signatures cover them. Required unless the service listens on loopback, where the default is the Host header.',
    }),
  }
}

/** How Bearer tokens are verified. */
export type TokenConfiguration = Omit<Configuration<ReturnType<typeof credentialSettings>>, 'appKeysWithoutMac'> &
  Pick<CommonConfiguration, 'services' | 'dataDir'>

function credentialSettings() {
  return {
    appKeysWithoutMac: choice('APP_KEYS_WITHOUT_MAC', ['accept', 'refuse'], {
      default: 'accept',
      meaning:
        'App keys from before they had a MAC (22 characters after the dot): accept, or refuse without a look-up.',
    }),
    tokenIssuer: text('TOKEN_ISSUER', {
      example: 'https://login.example',
      meaning: 'Required `iss` of Bearer tokens (JWT).',
    }),
    tokenAudience: text('TOKEN_AUDIENCE', {
      example: 'mtls-gateway',
      meaning: 'Required `aud` of Bearer tokens (JWT).',
    }),
    tokenJwksUrl: serviceUrl('TOKEN_JWKS_URL', {
      example: 'https://login.example/jwks',
      meaning: 'Where the keys of the token issuer are published.',
    }),
    tokenType: text('TOKEN_TYPE', {
      example: 'at+jwt',
      meaning:
        'Required `typ` of Bearer tokens (JWT): at+jwt (RFC 9068) if the issuer sets it, so that no ID token passes as an access token.',
    }),
    tokenScopeClaim: text('TOKEN_SCOPE_CLAIM', {
      default: 'scope',
      example: 'scp',
      meaning:
        'Claim of Bearer tokens with their scopes, as a list or separated by spaces. Some issuers use scp or roles.',
    }),
    tokenAccountsClaim: text('TOKEN_ACCOUNTS_CLAIM', {
      default: 'accounts',
      example: 'https://login.example/accounts',
      meaning: 'Claim of Bearer tokens with a list of their accounts, or "*" for all.',
    }),
    tokenIssuersFile: filePath('TOKEN_ISSUERS_FILE', {
      example: '/etc/mtls-gateway/token-issuers.json',
      meaning:
        'File with several token issuers, each with rules for what its tokens may (docs/tokens.md). Reloaded when it changes.',
    }),
    introspectionUrl: serviceUrl('INTROSPECTION_URL', {
      example: 'https://login.example/introspect',
      meaning:
        'Endpoint for the introspection of Bearer tokens that are no JWTs of TOKEN_ISSUER or TOKEN_ISSUERS_FILE (RFC 7662).',
    }),
    introspectionClientId: text('INTROSPECTION_CLIENT_ID', {
      example: 'mtls-gateway',
      meaning: 'Client id for INTROSPECTION_URL.',
    }),
    introspectionClientSecret: secret('INTROSPECTION_CLIENT_SECRET', {
      example: '...',
      meaning: 'Client secret for INTROSPECTION_URL.',
    }),
  }
}

function callerCertificateSettings() {
  return {
    callerCaFile: filePath('CALLER_CA_FILE', {
      example: '/etc/mtls-gateway/caller-ca.pem',
      meaning:
        'PEM file with the CAs whose certificates callers may show to this service, and their revocation lists, if any (docs/callers.md). Reloaded when it changes.',
    }),
    callerCertificateRulesFile: filePath('CALLER_CERTIFICATE_RULES_FILE', {
      example: '/etc/mtls-gateway/caller-certificates.json',
      meaning: 'File with rules for what client certificates of callers may. Reloaded when it changes.',
    }),
    callerCertificateFromProxy: boolean('CALLER_CERTIFICATE_FROM_PROXY', {
      default: 'false',
      meaning:
        'true: trusted proxies verify the certificates of callers, and pass them on in the header Client-Cert. They must remove one that a caller sends.',
    }),
  }
}
