import type { ExpectedBodyHash, Principal } from '@mtls-gateway/request-auth'
import type { FastifyRequest } from 'fastify'

/** A request that has passed the {@link CredentialGuard}. */
export interface AuthenticatedRequest extends FastifyRequest {
  principal: Principal
  /** The address of the caller, as the trusted proxies report it. */
  clientAddress: string
  /** The `oauth_body_hash` that the body, once it is read, must have. */
  bodyHash: ExpectedBodyHash | undefined
  /**
   * What its handler does with the body beyond parsing it, as bytes that take as long to parse. It is charged with the
   * body.
   */
  workOnBody?: number
}
