import { z } from 'zod'
import type { ConfigApi } from '../config-api/config-api.ts'
import { type Caller, callerHeaders } from '../config-api/forwarded-headers.ts'
import { bodyOf } from '../config-api/problem-of-answer.ts'

const redeemedSchema = z.object({
  token: z.string(),
  accountId: z.string(),
  scopes: z.array(z.string()),
  expiresAt: z.string().nullable(),
  label: z.string(),
})

export type RedeemedInvitation = z.infer<typeof redeemedSchema>

/** Makes the code of an invitation void, for a token. @throws CodedError `CONFIG_API_UNAVAILABLE`, config-api's own */
export async function redeemInvitation(
  configApi: ConfigApi,
  caller: Caller,
  code: string,
): Promise<RedeemedInvitation> {
  const body = JSON.stringify({ code })
  const headers = {
    ...callerHeaders(caller),
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  }
  const upstream = { method: 'POST', path: '/mtls/invitations/redeem', headers }
  return bodyOf(await configApi.send(upstream, (request) => void request.end(body)), redeemedSchema)
}
