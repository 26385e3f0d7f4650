import { parseAppKey } from '@mtls-gateway/domain'
import { credentialKind } from './credential-kind.ts'
import { isInvitationToken, parseInvitationSecret } from './invitations/invitation-secret.ts'
import { parseBasic } from './oauth1/app-secrets.ts'

/** What is looked at of a header, which may be anything. */
const mostRead = 8_300
const mostShown = 200
const shownOfNoKey = 4
const consumerKey = /[ \t,]oauth_consumer_key="([^"]{1,768})"/

/**
 * Whose credentials a refused request claims to have, for the log: anybody can write anything there. Undefined if they
 * name nobody. Nothing that could be a secret is shown: a signature, a token, or a secret in the place of the app key.
 */
export function claimedCaller(authorization: string | undefined): string | undefined {
  const kind = credentialKind(authorization)
  const text = authorization?.slice(0, mostRead) ?? ''
  if (kind === 'oauth1') return claimedAppKey(text)
  if (kind === 'bearer') return claimedSubject(text.slice('bearer '.length).trim())
  const { appKey = '' } = parseBasic(text) ?? {}
  return parseAppKey(appKey) && appKey
}

function claimedAppKey(header: string): string | undefined {
  const encoded = consumerKey.exec(header)?.[1]
  if (encoded === undefined) return undefined
  const key = decoded(encoded)
  // Some callers mix up app key and secret. Enough of the rest is shown to recognise it.
  return parseAppKey(key) ? key : `${printable(key.slice(0, shownOfNoKey))}...`
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** In the words of `Principal.subject`. Opaque tokens name nobody. */
function claimedSubject(token: string): string | undefined {
  if (isInvitationToken(token)) {
    const invitation = parseInvitationSecret('token', token)
    return invitation && `invitation ${invitation.id} of ${invitation.accountId}`
  }
  const [, payload, signature, more] = token.split('.', 4)
  if (payload === undefined || signature === undefined || more !== undefined) return undefined
  const { iss, sub, client_id: clientId } = claimsOf(payload)
  const names = [iss, sub ?? clientId].filter((name) => typeof name === 'string')
  return names.length === 0 ? undefined : printable(names.join('#').slice(0, mostShown))
}

function claimsOf(payload: string): Readonly<Record<string, unknown>> {
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
    return typeof claims === 'object' && claims !== null ? { ...claims } : {}
  } catch {
    return {}
  }
}

/** In ASCII: the rest could change how a terminal shows the line. */
function printable(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '?')
}
