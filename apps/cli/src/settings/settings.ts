import type { AppKey, Fetch } from '@mtls-gateway/client'
import { CliFailure } from '../cli-failure.ts'
import { parseBaseUrl } from './base-url.ts'
import type { Login, LoginSettings } from './login-file.ts'

/** Options of every command; an environment variable stands in for one that is not given. */
export interface ConnectionOptions {
  readonly account?: string | undefined
  readonly configApi?: string | undefined
  readonly forwarderApi?: string | undefined
  readonly clientCert?: string | undefined
  readonly clientKey?: string | undefined
  readonly json?: true | undefined
}

/** Whose account it is about, and where. */
export interface Place {
  readonly account: string
  /** Base urls without a slash at the end. */
  readonly configApi: string
  readonly forwarderApi: string
}

export interface HeldCredentials {
  readonly token: string | undefined
  readonly appKey: AppKey | undefined
}

/** What a command works with. */
export interface Settings extends Place {
  /** As it is at each request. */
  readonly token: (() => Promise<string>) | undefined
  readonly appKey: AppKey | undefined
  /** What shows the client certificate that takes the place of both; undefined: there is none. */
  readonly showsCertificate?: Fetch | undefined
}

/** Where the services listen unless they are told otherwise. */
const defaultUrls = { configApi: 'http://127.0.0.1:8080', forwarderApi: 'http://127.0.0.1:8081' } as const

/** What `mtls login` has kept, with the credentials of the environment instead of its own where there are any. */
export function withEnvironment(login: Login, environment: NodeJS.ProcessEnv): Login {
  const { MTLS_TOKEN: token, MTLS_APP_KEY: appKey, MTLS_APP_SECRET: appSecret } = environment
  return {
    ...login,
    // One that somebody else has given is theirs to renew.
    ...(token && { token, refreshToken: undefined, expiresAt: undefined }),
    ...(appKey && { appKey, appSecret }),
  }
}

/** Options before what is kept, in its order. @throws CliFailure: what is missing or malformed */
export function resolvePlace(options: ConnectionOptions, ...kept: readonly LoginSettings[]): Place {
  const login = (name: 'account' | 'configApi' | 'forwarderApi') => kept.find((each) => each[name])?.[name]
  const account = options.account || login('account')
  if (!account) {
    throw new CliFailure(
      'wrongUse',
      'There is no account. Give --account or set MTLS_ACCOUNT, or have one kept by mtls login --account.',
    )
  }
  const url = (name: 'configApi' | 'forwarderApi', option: string) =>
    parseBaseUrl(options[name] || login(name) || defaultUrls[name], option)
  return {
    account,
    configApi: url('configApi', '--config-api'),
    forwarderApi: url('forwarderApi', '--forwarder-api'),
  }
}

/** @throws CliFailure: what is incomplete or malformed */
export function heldCredentials(login: Login): HeldCredentials {
  return { token: parseToken(login.token), appKey: pairOf(login) }
}

/** What would break the header is refused here, where nothing of it is shown. @throws CliFailure */
function parseToken(text: string | undefined): string | undefined {
  const token = text?.trim()
  if (token === undefined || /^[!-~]+$/.test(token)) return token
  throw new CliFailure('wrongUse', 'The token has characters that no Bearer token has. Give the token alone.')
}

function pairOf({ appKey, appSecret }: Login): AppKey | undefined {
  if (!appKey) return undefined
  if (appSecret) return { appKey, appSecret }
  throw new CliFailure('wrongUse', 'There is an app key without its secret. Set MTLS_APP_SECRET, or log in with both.')
}
