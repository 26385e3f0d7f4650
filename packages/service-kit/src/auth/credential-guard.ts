import type { CredentialRule } from '@mtls-gateway/contract'
import { CodedError, parseAccountId } from '@mtls-gateway/domain'
import {
  authorize,
  type CredentialKind,
  checkBodyHash,
  type ExpectedBodyHash,
  type Principal,
  takenKind,
} from '@mtls-gateway/request-auth'
import type { CanActivate, ExecutionContext } from '@nestjs/common'
import type { Reflector } from '@nestjs/core'
import type { FastifyReply, FastifyRequest } from 'fastify'
import passport, { type Strategy } from 'passport'
import { requestContextOf } from '../request-context.ts'
import type { AuthenticatedRequest } from './authenticated-request.ts'
import { Credentials, OpenToAll } from './credentials.ts'

export interface CredentialGuardOptions {
  readonly reflector: Reflector
  /**
   * Each request gets a new one, because passport stores the outcome of a request in the strategy itself. They are told
   * the address that it comes from.
   */
  readonly strategies: Readonly<Record<CredentialKind, (address: string) => Strategy>>
}

interface Authenticated {
  readonly principal: Principal
  readonly bodyHash: ExpectedBodyHash | undefined
}

const bodiless = new Set(['GET', 'HEAD', 'DELETE'])
const noBytes = new Uint8Array()

/** Accepts requests whose credentials are of an accepted kind, for the account in the path, and have the scope. */
export class CredentialGuard implements CanActivate {
  readonly #reflector: Reflector
  readonly #strategies: CredentialGuardOptions['strategies']

  constructor({ reflector, strategies }: CredentialGuardOptions) {
    this.#reflector = reflector
    this.#strategies = strategies
  }

  /** @throws CodedError: a 401 and a missing scope have `WWW-Authenticate` */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const places = [context.getHandler(), context.getClass()]
    if (this.#reflector.getAllAndOverride(OpenToAll, places)) return true
    const rule = this.#reflector.getAllAndOverride(Credentials, places)
    if (!rule) throw new TypeError('a resource has no rule for its credentials')
    const http = context.switchToHttp()
    const request = http.getRequest<AuthenticatedRequest & { params: { accountId?: string } }>()
    const known = requestContextOf(request.raw)
    known.accepted = rule.kinds
    request.clientAddress = known.clientAddress
    const { principal, bodyHash } = await this.#authenticate(request, http.getResponse(), rule)
    known.caller = principal.subject
    const { accountId } = request.params
    authorize(principal, accountId === undefined ? undefined : parseAccountId(accountId), rule.scope)
    if (bodiless.has(request.method)) checkBodyHash(noBytes, bodyHash)
    request.principal = principal
    request.bodyHash = bodyHash
    return true
  }

  async #authenticate(
    request: AuthenticatedRequest,
    reply: FastifyReply,
    { kinds }: CredentialRule,
  ): Promise<Authenticated> {
    const kind = takenKind(request.headers.authorization, kinds)
    return authenticateBy(this.#strategies[kind](request.clientAddress), request, reply)
  }
}

/** Passes the strategy itself to Passport, not a name: nothing is registered, so no state is shared. */
function authenticateBy(strategy: Strategy, request: FastifyRequest, reply: FastifyReply): Promise<Authenticated> {
  return new Promise((resolve, reject) => {
    const answer = (error: unknown, principal?: Principal | false, info?: { bodyHash?: ExpectedBodyHash }) => {
      if (principal) resolve({ principal, bodyHash: info?.bodyHash })
      else
        reject(
          error ??
            new CodedError('TOKEN_INVALID', 'The Authorization header is malformed. Send "Bearer <token>".', {
              refusal: { reason: 'token-malformed' },
            }),
        )
    }
    const middleware: (request: unknown, reply: unknown, next: (error?: unknown) => void) => void =
      passport.authenticate(strategy, { session: false }, answer)
    middleware(request, reply, reject)
  })
}
