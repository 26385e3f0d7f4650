import { isDeepStrictEqual } from 'node:util'
import { type CodedError, isCodedError } from '@mtls-gateway/domain'
import {
  isFormEncoded,
  type OAuth1Header,
  parseOAuth1Header,
  signedBaseUrls,
  takenKind,
} from '@mtls-gateway/request-auth'
import { appKey, bearer, nowMs, oauth1 } from './gateway.ts'
import { librarySignature } from './library-signature.ts'
import type { OAuthCase } from './oauth-case.ts'

const unsigned = 'A'.repeat(27)

/** What is wrong with how a request is read and judged. @throws whatever is thrown that is not a coded error */
export async function faultOf(request: OAuthCase): Promise<string | undefined> {
  const { authorization, host } = request
  await refusalOf(async () => takenKind(authorization, ['oauth1', 'bearer']))
  isFormEncoded(authorization)
  await refusalOf(async () => signedBaseUrls({ publicBaseUrls: [], protocol: 'https', host }))
  if ((await believe(request)) === undefined) return 'a request is believed that nobody has signed'
  const token = authorization.replace(/^bearer +/i, '')
  if ((await refusalOf(() => bearer.verify(token))) === undefined) return 'a token is believed that nobody has issued'
  const header = await parsed(authorization)
  if (header === undefined) return undefined
  if (!isDeepStrictEqual(await parsed(written(header)), header))
    return 'a header that is written again is read otherwise'
  return signatureFault(request, inTime(header))
}

/** The error that refuses it; undefined if it is believed. */
export function believe(request: OAuthCase): Promise<CodedError | undefined> {
  return refusalOf(async () => oauth1.verify({ ...request, baseUrls: [baseUrlOf(request)] }))
}

/** For a request whose header is right but for its signature: compares that with what the library makes. */
async function signatureFault(request: OAuthCase, header: OAuth1Header): Promise<string | undefined> {
  const attempt = (signature: string, more = '') =>
    believe({ ...request, target: request.target + more, authorization: written({ ...header, signature }) })
  // Methods are ASCII: Node's parser knows every one that exists.
  if (!/^[\x21-\x7e]+$/.test(request.method)) return undefined
  // Anything else that is wrong with it comes first.
  if ((await attempt(unsigned))?.code !== 'OAUTH_CREDENTIALS_INVALID') return undefined
  const signature = librarySignature(header, request, baseUrlOf(request))
  if (signature === undefined) return undefined
  const refusal = await attempt(signature)
  if (refusal !== undefined) return `a request that oauth-1.0a has signed is refused: ${refusal.code}`
  const isFolded = (await attempt(signature, request.target.includes('?') ? '&more' : '?more')) === undefined
  return isFolded ? 'a request is believed though its query was changed' : undefined
}

function baseUrlOf({ host }: OAuthCase): string {
  return /^[\w.-]{1,60}$/.test(host) ? `https://${host.toLowerCase()}` : 'https://gateway.example.com'
}

/** With the existing app key and the current time. */
function inTime(header: OAuth1Header): OAuth1Header {
  const now: Readonly<Record<string, string>> = { oauth_consumer_key: appKey, oauth_timestamp: `${nowMs / 1_000}` }
  const signedParameters = header.signedParameters.map(([name, value]) => [name, now[name] ?? value] as const)
  return { ...header, consumerKey: appKey, timestamp: nowMs / 1_000, signedParameters }
}

/** The header as it could have been sent, without a realm. */
function written({ signedParameters, signature }: OAuth1Header): string {
  const encoded = encodeURIComponent(signature).replace(/[!'()*]/g, (each) => `%${each.charCodeAt(0).toString(16)}`)
  const all = [...signedParameters, ['oauth_signature', encoded]]
  return `OAuth ${all.map(([name, value]) => `${name}="${value}"`).join(', ')}`
}

async function parsed(authorization: string): Promise<OAuth1Header | undefined> {
  let header: OAuth1Header | undefined
  await refusalOf(async () => {
    header = parseOAuth1Header(authorization)
  })
  return header
}

async function refusalOf(attempt: () => Promise<unknown>): Promise<CodedError | undefined> {
  try {
    await attempt()
    return undefined
  } catch (error) {
    if (isCodedError(error)) return error
    throw error
  }
}
