import type { AppKey } from './wire.ts'

export interface CallerFacts {
  readonly forwarderUrl: string
  readonly account: string
  readonly appKey: AppKey
  readonly targetUrl: string
}

/** What programs that make calls read: the samples of docs/calling.md, and what runs on other runtimes. */
export function callerEnvironment({ forwarderUrl, account, appKey, targetUrl }: CallerFacts): NodeJS.ProcessEnv {
  return {
    ...process.env,
    FORWARDER_URL: forwarderUrl,
    ACCOUNT: account,
    APP_KEY: appKey.appKey,
    APP_SECRET: appKey.appSecret,
    SERVICE: 'IDP',
    TARGET_URL: targetUrl,
  }
}
