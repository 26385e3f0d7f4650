import { allowInsecureRequests, type Configuration, customFetch, discovery } from 'openid-client'
import { fetchAsMtls } from '../fetch-as-mtls.ts'
import type { ProviderSettings } from '../settings/provider-settings.ts'
import { providerFailure } from './provider-failure.ts'

const requestTimeoutSeconds = 15

/** The parameter by which a provider learns what a token is for, wherever it gives one. */
export function resourceOf({ resource }: ProviderSettings): Record<string, string> {
  return resource === undefined ? {} : { resource }
}

/** What a provider can do, as it says itself. @throws CliFailure */
export async function openProvider({ issuer, clientId }: ProviderSettings): Promise<Configuration> {
  const server = new URL(issuer)
  // On this machine alone: the settings let no other issuer be without TLS.
  const execute = server.protocol === 'http:' ? [allowInsecureRequests] : []
  try {
    return await discovery(server, clientId, undefined, undefined, {
      [customFetch]: (url, { body, ...options }) => fetchAsMtls(url, { ...options, ...(body != null && { body }) }),
      timeout: requestTimeoutSeconds,
      execute,
    })
  } catch (error) {
    throw providerFailure(error, { issuer, clientId })
  }
}
