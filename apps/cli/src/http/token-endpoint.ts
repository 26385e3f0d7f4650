import { safeText } from '@mtls-gateway/terminal'
import { customFetch, discovery } from 'openid-client'
import { CliFailure, errorCode, reasonOf } from '../cli-failure.ts'
import { fetchAsMtls } from '../fetch-as-mtls.ts'
import { requireSafeUrl } from '../settings/base-url.ts'

const requestTimeoutSeconds = 10

/**
 * Where a server gives tokens to clients that present a certificate, as its metadata says (RFC 8414, RFC 8705 section
 * 5). It is asked once, when a mapping is made: the gateway itself only knows the url. @throws CliFailure
 */
export async function findTokenUrl(issuer: string, clientId: string): Promise<string> {
  requireSafeUrl(issuer, '--oauth2-issuer')
  const { token_endpoint: endpoint, mtls_endpoint_aliases: aliases } =
    (await metadataOf(issuer, clientId, 'oauth2').catch(() => undefined)) ??
    (await metadataOf(issuer, clientId, 'oidc').catch((error: unknown) => {
      throw notFound(issuer, reasonFor(error), error)
    }))
  const url = aliases?.token_endpoint ?? endpoint
  if (url === undefined) throw notFound(issuer, 'its metadata names none')
  return url
}

async function metadataOf(issuer: string, clientId: string, algorithm: 'oauth2' | 'oidc') {
  const found = await discovery(new URL(issuer), clientId, undefined, undefined, {
    [customFetch]: (url, { body, ...options }) => fetchAsMtls(url, { ...options, ...(body != null && { body }) }),
    timeout: requestTimeoutSeconds,
    algorithm,
  })
  return found.serverMetadata()
}

function reasonFor(error: unknown): string {
  const code = errorCode(error)
  if (code === 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED') return 'it calls itself by another name'
  return code.startsWith('OAUTH_') && error instanceof Error ? error.message : reasonOf(error)
}

function notFound(issuer: string, why: string, cause?: unknown): CliFailure {
  const message = `${issuer} does not say where its token endpoint is (${why}). Check --oauth2-issuer, or give --oauth2-token-url.`
  return new CliFailure('noAnswer', safeText(message), { cause })
}
