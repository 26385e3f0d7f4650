import type { CredentialRule } from '@mtls-gateway/contract'
import type { UsageRecorder } from '@mtls-gateway/coordination'
import { parseAccountId, parseAppKey } from '@mtls-gateway/domain'
import { Turns } from '@mtls-gateway/event-loop'
import {
  authorize,
  type BearerVerifier,
  type CredentialKind,
  checkBodyHash,
  type ExpectedBodyHash,
  type OAuth1Verifier,
  type Principal,
  type RequestAddress,
  signedBaseUrls,
  takenKind,
  type VerifiedCall,
} from '@mtls-gateway/request-auth'
import type { CanActivate, ExecutionContext, OnModuleInit } from '@nestjs/common'
import type { HttpAdapterHost } from '@nestjs/core'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { requestContextOf } from '../request-context.ts'
import { rateKey } from '../throttling/client-address.ts'
import { inTurn } from '../throttling/in-turn.ts'
import { bearerToken } from './bearer-token.ts'
import type { CallerCertificates } from './caller-certificates.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the resource requires of its callers; `none`: anyone may call it. Without it, everybody is refused. */
    credentials?: CredentialRule | 'none'
  }
}

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

export interface CredentialGuardOptions {
  readonly adapterHost: HttpAdapterHost
  readonly oauth1: Pick<OAuth1Verifier, 'verify'>
  readonly bearer: BearerVerifier
  readonly certificates: CallerCertificates
  readonly addressOf: (request: FastifyRequest['raw']) => RequestAddress
  /** Where the use of app keys is counted, so that a key nobody uses any more can be found and deleted. */
  readonly usage: Pick<UsageRecorder, 'countAppKey'>
}

/** Who calls, and the hash that the body must have. */
type Authenticated = Omit<VerifiedCall, 'query'>

/** What a request that is refused takes of the event loop, its answer included, in milliseconds. */
const msOfRefusal = 0.2
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
  readonly #options: CredentialGuardOptions
  /** Where more requests come than can be verified, all addresses have their turns: nobody knows an account yet. */
  readonly #turns = new Turns()

  constructor(options: CredentialGuardOptions) {
    this.#options = options
  }

  /** After the hook that counts requests, which comes with the application. */
  onModuleInit(): void {
    const fastify = this.#options.adapterHost.httpAdapter.getInstance<FastifyInstance>()
    fastify.addHook<{ Params: ResourceRequest['params'] }>('onRequest', async (request, { raw: until }) => {
      const { credentials } = request.routeOptions.config
      if (credentials === undefined || credentials === 'none') return
      const owner = rateKey(requestContextOf(request.raw).clientAddress)
      const turn = { turns: this.#turns, owner, expectedMs: msOfRefusal, until }
      // The guard's own, from here on.
      await inTurn(turn, () => this.#accept(request as ResourceRequest, credentials))
    })
  }

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest & Partial<AuthenticatedRequest>>()
    if (request.principal !== undefined || request.routeOptions.config.credentials === 'none') return true
    throw new TypeError('a resource has no rule for its credentials')
  }

  /** @throws CodedError */
  async #accept(request: ResourceRequest, rule: CredentialRule): Promise<void> {
    const known = requestContextOf(request.raw)
    const kinds = this.#options.certificates.accepted(rule.kinds)
    known.accepted = kinds
    request.clientAddress = known.clientAddress
    const { principal, bodyHash } = await this.#authenticate(request, kinds)
    known.caller = principal.subject
    const { accountId } = request.params
    authorize(principal, accountId === undefined ? undefined : parseAccountId(accountId), rule.scope)
    if (bodiless.has(request.method)) checkBodyHash(noBytes, bodyHash)
    request.principal = principal
    request.bodyHash = bodyHash
    const appKey = principal.kind === 'oauth1' ? parseAppKey(principal.subject) : undefined
    if (appKey) this.#options.usage.countAppKey(appKey.accountId, principal.subject)
  }

  /** By the header, or else the certificate: a token in the query or the body is none. */
  async #authenticate(request: AuthenticatedRequest, kinds: readonly CredentialKind[]): Promise<Authenticated> {
    const { oauth1, bearer, certificates, addressOf } = this.#options
    const { method, originalUrl: target, headers, raw, clientAddress } = request
    const { authorization = '' } = headers
    const principal = authorization === '' ? certificates.principalOf(raw) : undefined
    if (principal !== undefined) return { principal, bodyHash: undefined }
    if (takenKind(authorization, kinds) === 'oauth1') {
      return oauth1.verify({ method, target, baseUrls: signedBaseUrls(addressOf(raw)), authorization })
    }
    return { principal: await bearer.verify(bearerToken(headers), clientAddress), bodyHash: undefined }
  }
}
