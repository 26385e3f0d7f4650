import type { RateCounter } from '@mtls-gateway/coordination'
import { CodedError } from '@mtls-gateway/domain'
import { admit, clientAddress, isJson, readJsonBody, type TrustedProxies } from '@mtls-gateway/service-kit'
import type { FastifyRequest } from 'fastify'
import type { z } from 'zod'

/**
 * Counts an attempt of somebody who has nothing but a code. Another website can make its visitors' browsers send
 * anything but JSON: that counts as no attempt of theirs.
 * @returns the caller's address @throws CodedError `UNSUPPORTED_MEDIA_TYPE`, `RATE_LIMITED`
 */
export async function admitAttempt(
  request: FastifyRequest,
  rates: RateCounter,
  proxies: TrustedProxies,
): Promise<string> {
  if (!isJson(request)) {
    throw new CodedError('UNSUPPORTED_MEDIA_TYPE', 'This resource takes JSON: send Content-Type: application/json.')
  }
  const address = clientAddress(request.raw, proxies)
  await admit(rates, address)
  return address
}

/**
 * The body of such an attempt. Bodies are charged to accounts, of which there is none here, so no more is read than it
 * needs.
 * @param refused of a body with another shape: what zod says of a code is not worth the risk that it quotes it
 * @throws CodedError `BODY_TOO_LARGE`, `BODY_TOO_SLOW`, `MALFORMED_JSON`, and `refused`
 */
export async function readAttempt<T extends z.ZodType>(
  request: FastifyRequest,
  schema: T,
  maxBytes: number,
  refused: () => CodedError,
): Promise<z.output<T>> {
  const { success, data } = schema.safeParse(await readJsonBody(request.raw, maxBytes, undefined))
  if (success) return data
  throw refused()
}
