import { limits, redemptionRequest } from '@mtls-gateway/contract'
import { CodedError } from '@mtls-gateway/domain'
import { isJson, readJsonBody } from '@mtls-gateway/service-kit'
import type { FastifyRequest } from 'fastify'

/** @throws CodedError `UNSUPPORTED_MEDIA_TYPE` */
export function requireJson(request: FastifyRequest): void {
  if (isJson(request)) return
  throw new CodedError('UNSUPPORTED_MEDIA_TYPE', 'This resource takes JSON: send Content-Type: application/json.')
}

/**
 * The code that somebody without credentials has sent. Bodies are charged to accounts, of which there is none here, so
 * no more is read than a code needs.
 * @throws CodedError `BODY_TOO_LARGE`, `BODY_TOO_SLOW`, `MALFORMED_JSON`, `VALIDATION_FAILED`
 */
export async function readRedemption(request: FastifyRequest): Promise<string> {
  const { success, data } = redemptionRequest.safeParse(await readJsonBody(request.raw, limits.redemption, undefined))
  if (success) return data.code
  // What zod says of a code is not worth the risk that it quotes it.
  throw new CodedError('VALIDATION_FAILED', 'Send the code of the invitation as JSON: {"code": "mtlsinvite_..."}.', {
    details: { field: 'code' },
  })
}
