import { z } from 'zod'
import { type Caller, callerHeaders } from '../gateway/forwarded-headers.ts'
import type { GatewayService } from '../gateway/gateway-service.ts'
import { bodyOf } from '../gateway/problem-of-answer.ts'

const describedSchema = z.object({
  accountId: z.string(),
  scopes: z.array(z.string()),
  expiresAt: z.string(),
  label: z.string(),
  // config-api of the release before does not say it.
  invitedBy: z.string().optional(),
})

const redeemedSchema = describedSchema.extend({ token: z.string() })

export type DescribedInvitation = z.infer<typeof describedSchema>
export type RedeemedInvitation = z.infer<typeof redeemedSchema>

/** What an invitation is for. Its code stays valid. @throws CodedError `CONFIG_API_UNAVAILABLE`, config-api's own */
export function describeInvitation(
  configApi: GatewayService,
  caller: Caller,
  code: string,
): Promise<DescribedInvitation> {
  return send(configApi, caller, 'describe', code, describedSchema)
}

/** Makes the code of an invitation void, for a token. @throws CodedError `CONFIG_API_UNAVAILABLE`, config-api's own */
export function redeemInvitation(configApi: GatewayService, caller: Caller, code: string): Promise<RedeemedInvitation> {
  return send(configApi, caller, 'redeem', code, redeemedSchema)
}

async function send<T>(
  configApi: GatewayService,
  caller: Caller,
  step: 'describe' | 'redeem',
  code: string,
  schema: z.ZodType<T>,
): Promise<T> {
  const body = JSON.stringify({ code })
  const headers = {
    ...callerHeaders(caller),
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  }
  const upstream = { method: 'POST', path: `/mtls/invitations/${step}`, headers }
  return bodyOf(await configApi.send(upstream, (request) => void request.end(body)), schema)
}
