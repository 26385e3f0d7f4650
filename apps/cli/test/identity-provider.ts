import { afterEach } from '@jest/globals'
import { type IdentityProvider, startIdentityProvider as start } from '@mtls-gateway/test-kit/identity-provider'

export type { IdentityProvider } from '@mtls-gateway/test-kit/identity-provider'

const started: IdentityProvider[] = []
afterEach(async () => {
  for (const provider of started.splice(0)) await provider.close()
})

/** One at which `mtls` is a public client; closed after the test. */
export async function startIdentityProvider(features: object = {}): Promise<IdentityProvider> {
  const client = {
    client_id: 'mtls',
    application_type: 'native',
    token_endpoint_auth_method: 'none',
    id_token_signed_response_alg: 'ES256',
    grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
    response_types: ['code'],
    redirect_uris: ['http://127.0.0.1/callback'],
  }
  const provider = await start({ clients: [client], features })
  started.push(provider)
  return provider
}
