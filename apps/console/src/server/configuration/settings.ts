import {
  type Configuration,
  choice,
  commonSettings,
  duration,
  field,
  filePath,
  secretFilePath,
  serviceUrl,
  text,
} from '@mtls-gateway/service-kit'
import { z } from 'zod'
import { isOrigin } from './origin.ts'

export const common = commonSettings('CONSOLE', { service: 8_090, management: 9_083 })

const originText = z.string().refine(isOrigin, 'must be an http or https url without a path')

/** Every variable that the console reads. */
export const consoleSettings = {
  port: common.port,
  host: text('CONSOLE_HOST', {
    default: '127.0.0.1',
    example: '0.0.0.0',
    meaning:
      'Address to listen on. Any address but loopback requires CONSOLE_PUBLIC_URL, and TLS or BEHIND_TLS_PROXY=true.',
  }),
  managementPort: common.managementPort,
  managementHost: common.managementHost,
  publicUrl: field('CONSOLE_PUBLIC_URL', originText, {
    example: 'https://console.example',
    meaning: 'Url at which people open the console, without a path. By default where it listens.',
  }),
  configApiUrl: field('CONFIG_API_URL', originText, {
    default: 'http://127.0.0.1:8080',
    example: 'https://config.gateway.example',
    meaning: 'Where config-api answers. Tokens go there: https, unless it is on this host or BEHIND_TLS_PROXY is true.',
  }),
  forwarderUrl: field('FORWARDER_URL', originText, {
    example: 'https://forwarder.gateway.example',
    meaning:
      'Where programs reach forwarder-api: shown with a new app key and with each mapping. The console itself never calls it.',
  }),
  configApiCaFile: filePath('CONFIG_API_CA_FILE', {
    example: '/etc/mtls-gateway/config-api-ca.pem',
    meaning: "PEM of the CA of config-api's certificate.",
  }),
  forwarderApiUrl: field('FORWARDER_API_URL', originText, {
    example: 'https://forwarder.gateway.example',
    meaning:
      'Where the console reaches forwarder-api, to ask for a token with the credentials of a mapping; without it, people do that with the command line. Tokens go there: https, unless it is on this host or BEHIND_TLS_PROXY is true.',
  }),
  forwarderApiCaFile: filePath('FORWARDER_API_CA_FILE', {
    example: '/etc/mtls-gateway/forwarder-api-ca.pem',
    meaning: "PEM of the CA of forwarder-api's certificate.",
  }),
  sessionKeyFile: secretFilePath('CONSOLE_SESSION_KEY_FILE', {
    example: '/run/secrets/console-session-keys',
    meaning:
      'File with the keys that encrypt session cookies: 32 bytes in base64 per line, the first one for new cookies. Required with REDIS_URL; otherwise the first start creates a key in DATA_DIR.',
  }),
  sessionLifetimeMs: duration('CONSOLE_SESSION_LIFETIME', {
    default: '12h',
    example: '12h',
    within: ['5m', '30d'],
    meaning: 'How long after signing in people have to sign in again, from 5m to 30d.',
  }),
  oidcIssuer: serviceUrl('OIDC_ISSUER', {
    example: 'https://login.example',
    meaning: 'Identity provider (OpenID Connect) that people sign in with.',
  }),
  oidcClientId: text('OIDC_CLIENT_ID', { example: 'mtls-console', meaning: 'The id of the console at OIDC_ISSUER.' }),
  oidcClientSecretFile: secretFilePath('OIDC_CLIENT_SECRET_FILE', {
    example: '/run/secrets/oidc-client-secret',
    meaning: 'File with the client secret of OIDC_CLIENT_ID; read at each sign-in.',
  }),
  oidcScopes: text('OIDC_SCOPES', {
    default: 'openid',
    example: 'openid offline_access mtls:read mtls:write mtls:admin',
    meaning:
      'Scopes to ask OIDC_ISSUER for, separated by spaces: openid, those that the access token is to have, and offline_access if the provider gives refresh tokens only then.',
  }),
  oidcResource: text('OIDC_RESOURCE', {
    example: 'https://gateway.example',
    meaning: 'Resource to ask OIDC_ISSUER for a token for (RFC 8707), if it needs one.',
  }),
  oidcSignOut: choice('OIDC_SIGN_OUT', ['provider', 'console'], {
    default: 'provider',
    meaning:
      'Where signing out ends the session: at OIDC_ISSUER, too, or at the console alone. With console, OIDC_ISSUER asks for the password at each sign-in.',
  }),
  redisUrls: common.redisUrls,
  redisUsername: common.redisUsername,
  redisPasswordFile: common.redisPasswordFile,
  redisTimeoutMs: common.redisTimeoutMs,
  redisSentinelMaster: common.redisSentinelMaster,
  redisSentinelUsername: common.redisSentinelUsername,
  redisSentinelPasswordFile: common.redisSentinelPasswordFile,
  redisCaFile: common.redisCaFile,
  dataDir: common.dataDir,
  tlsCertFile: common.tlsCertFile,
  tlsKeyFile: common.tlsKeyFile,
  behindTlsProxy: common.behindTlsProxy,
  trustedProxies: common.trustedProxies,
  trustedProxySecretFile: common.trustedProxySecretFile,
  maxConnections: common.maxConnections,
  throttlePerSecond: common.throttlePerSecond,
  logLevel: common.logLevel,
  instanceName: common.instanceName,
  shutdownPauseMs: common.shutdownPauseMs,
  shutdownGraceMs: common.shutdownGraceMs,
  blockedLimitMs: common.blockedLimitMs,
  memoryLimitMiB: common.memoryLimitMiB,
}

export type ConsoleConfiguration = Configuration<typeof consoleSettings>
