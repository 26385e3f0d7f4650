import { type ConfigurationFault, type ConfigurationRule, isLoopback } from '@mtls-gateway/service-kit'
import type { ConsoleConfiguration } from './settings.ts'

type Rule = ConfigurationRule<ConsoleConfiguration>

function isHttp(text: string | undefined): text is string {
  return text !== undefined && URL.parse(text)?.protocol === 'http:'
}

function isHttpBeyondLoopback(text: string | undefined): boolean {
  return isHttp(text) && !isLoopback(new URL(text).hostname)
}

/** A cookie without `Secure` would go out in the clear, so it is for this host alone. */
const publicUrl: Rule = ({ host, publicUrl: url }) => {
  const isBeyond = host !== undefined && !isLoopback(host)
  if (isHttpBeyondLoopback(url) || (isBeyond && isHttp(url))) {
    const problem =
      'must be https: its cookies hold sessions (http is for this host alone, with CONSOLE_HOST on it, too)'
    return [{ variable: 'CONSOLE_PUBLIC_URL', problem, example: 'https://console.example' }]
  }
  if (!isBeyond || url !== undefined) return []
  const problem = 'is required when CONSOLE_HOST is beyond loopback'
  return [{ variable: 'CONSOLE_PUBLIC_URL', problem, example: 'https://console.example' }]
}

const serviceUrls: Rule = ({ configApiUrl, forwarderApiUrl, behindTlsProxy }) => {
  const urls = [
    ['CONFIG_API_URL', configApiUrl, 'https://config.gateway.example'],
    ['FORWARDER_API_URL', forwarderApiUrl, 'https://forwarder.gateway.example'],
  ] as const
  const problem =
    'must be https, since tokens go there (http is for this host alone, or for a network that only proxies reach: BEHIND_TLS_PROXY=true)'
  return urls.flatMap(([variable, url, example]) =>
    isHttpBeyondLoopback(url) && behindTlsProxy === false ? [{ variable, problem, example }] : [],
  )
}

/** A key that one instance has made would not open what another one has sealed. */
const sharedKey: Rule = (values) => {
  const isAlone = !values.redisUrls || values.redisUrls.reveal().length === 0
  if (isAlone || !('sessionKeyFile' in values) || values.sessionKeyFile !== undefined) return []
  const problem = 'is required with REDIS_URL: all instances share its keys'
  return [{ variable: 'CONSOLE_SESSION_KEY_FILE', problem, example: '/run/secrets/console-session-keys' }]
}

const oidc: Rule = (values) => {
  const parts = [
    ['oidcIssuer', 'OIDC_ISSUER', 'https://login.example'],
    ['oidcClientId', 'OIDC_CLIENT_ID', 'mtls-console'],
    ['oidcClientSecretFile', 'OIDC_CLIENT_SECRET_FILE', '/run/secrets/oidc-client-secret'],
    ['publicUrl', 'CONSOLE_PUBLIC_URL', 'https://console.example'],
  ] as const
  const own = parts.slice(0, 3)
  // A faulty setting is left out, and counts as given.
  if (own.every(([name]) => name in values && values[name] === undefined)) return []
  return parts
    .filter(([name]) => name in values && values[name] === undefined)
    .map(([, variable, example]): ConfigurationFault => {
      return { variable, problem: 'is required to sign in with OIDC_ISSUER', example }
    })
}

const scopes: Rule = ({ oidcScopes: text }) =>
  text === undefined || text.split(' ').includes('openid')
    ? []
    : [{ variable: 'OIDC_SCOPES', problem: 'must contain openid', example: 'openid offline_access' }]

/** What settings of the console ask of each other. */
export const consoleRules: readonly Rule[] = [publicUrl, serviceUrls, sharedKey, oidc, scopes]
