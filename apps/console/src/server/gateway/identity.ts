import { CodedError } from '@mtls-gateway/domain'
import { z } from 'zod'
import { type Caller, callerHeaders } from './forwarded-headers.ts'
import type { GatewayService } from './gateway-service.ts'
import { bodyOf } from './problem-of-answer.ts'

/** What config-api says of the bearer of a token. */
export const identitySchema = z.object({
  subject: z.string(),
  kind: z.string(),
  accounts: z.union([z.literal('*'), z.array(z.string())]),
  scopes: z.array(z.string()),
  expiresAt: z.string().nullable(),
})

export type Identity = z.infer<typeof identitySchema>

/** @throws CodedError `CONFIG_API_UNAVAILABLE`, or config-api's own: `TOKEN_INVALID`, `TOKEN_EXPIRED`, ... */
export async function identityOf(configApi: GatewayService, caller: Caller): Promise<Identity> {
  const answer = await configApi.send({ method: 'GET', path: '/mtls/me', headers: callerHeaders(caller) })
  return bodyOf(answer, identitySchema)
}

/** Whoever is counted where people share something. An account can invite as many as it likes: they are one. */
export function ownerOf({ kind, subject, accounts }: Pick<Identity, 'kind' | 'subject' | 'accounts'>): string {
  return kind === 'invitation' ? `invitations of ${[accounts].flat().join(' ')}` : subject
}

export function expiryOf({ expiresAt }: Pick<Identity, 'expiresAt'>): number | null {
  return expiresAt === null ? null : Date.parse(expiresAt)
}

/** Whether config-api takes the token no more, or never has. */
export function isRefusedToken(error: unknown): error is CodedError {
  const refusals = ['TOKEN_INVALID', 'TOKEN_EXPIRED', 'CREDENTIALS_MISSING', 'CREDENTIAL_KIND_NOT_TAKEN']
  return error instanceof CodedError && refusals.includes(error.code)
}
