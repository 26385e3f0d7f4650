import { createPageClient, type PageClient } from '@mtls-gateway/client/page'
import { consoleFetch } from './console-fetch.ts'

const clients = new Map<string, PageClient>()

/** What a page may ask the gateway about an account, through the server of this page, which adds the credentials. */
export function clientOf(accountId: string): PageClient {
  const known = clients.get(accountId)
  if (known !== undefined) return known
  const client = createPageClient({ baseUrl: location.origin, accountId, fetch: consoleFetch })
  clients.set(accountId, client)
  return client
}
