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
import type { CanActivate, ExecutionContext, OnModuleInit } from '@nestjs/common'
import type { HttpAdapterHost } from '@nestjs/core'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import passport, { type Strategy } from 'passport'
import { requestContextOf } from '../request-context.ts'
import type { AuthenticatedRequest } from './authenticated-request.ts'

export interface CredentialGuardOptions {
  readonly adapterHost: HttpAdapterHost
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

/** A request to a resource that requires credentials, perhaps with the account in its path. */
type ResourceRequest = AuthenticatedRequest & { readonly params: { readonly accountId?: string } }

/**
 * Accepts requests whose credentials are of an accepted kind, for the account in the path, and have the scope. They are
 * verified in a hook of Fastify: what Nest does with a request costs more than refusing it. As Nest's guard, it keeps
 * every resource closed whose caller has not been accepted there.
 */
export class CredentialGuard implements CanActivate, OnModuleInit {
  readonly #adapterHost: HttpAdapterHost
  readonly #strategies: CredentialGuardOptions['strategies']

  constructor({ adapterHost, strategies }: CredentialGuardOptions) {
    this.#adapterHost = adapterHost
    this.#strategies = strategies
  }

  /** After the hook that counts requests, which comes with the application. */
  onModuleInit(): void {
    const fastify = this.#adapterHost.httpAdapter.getInstance<FastifyInstance>()
    fastify.addHook<{ Params: ResourceRequest['params'] }>('onRequest', async (request, reply) => {
      const { credentials } = request.routeOptions.config
      if (credentials === undefined || credentials === 'none') return
      // The guard's own, from here on.
      await this.#accept(request as ResourceRequest, reply, credentials)
    })
  }

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest & Partial<AuthenticatedRequest>>()
    if (request.principal !== undefined || request.routeOptions.config.credentials === 'none') return true
    throw new TypeError('a resource has no rule for its credentials')
  }

  /** @throws CodedError */
  async #accept(request: ResourceRequest, reply: FastifyReply, rule: CredentialRule): Promise<void> {
    const known = requestContextOf(request.raw)
    known.accepted = rule.kinds
    request.clientAddress = known.clientAddress
    const { principal, bodyHash } = await this.#authenticate(request, reply, rule)
    known.caller = principal.subject
    const { accountId } = request.params
    authorize(principal, accountId === undefined ? undefined : parseAccountId(accountId), rule.scope)
    if (bodiless.has(request.method)) checkBodyHash(noBytes, bodyHash)
    request.principal = principal
    request.bodyHash = bodyHash
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
