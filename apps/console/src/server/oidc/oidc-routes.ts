import { randomUUID } from 'node:crypto'
import { CodedError, isCodedError } from '@mtls-gateway/domain'
import { type Log, logFailure, problemOf, requestContextOf } from '@mtls-gateway/service-kit'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { GatewayService } from '../gateway/gateway-service.ts'
import { expiryOf, identityOf, ownerOf } from '../gateway/identity.ts'
import type { ServiceProxy } from '../gateway/service-proxy.ts'
import { isOfOtherSite } from '../http/own-page.ts'
import type { Session } from '../session/session.ts'
import type { SessionGate } from '../session/session-gate.ts'
import type { AttemptCookie, SignInAttempt } from './attempt-cookie.ts'
import type { IdentityProvider } from './identity-provider.ts'
import { ownPath } from './own-path.ts'

export interface OidcRouteParts {
  readonly provider: IdentityProvider
  readonly attempts: AttemptCookie
  readonly configApi: GatewayService
  readonly proxy: ServiceProxy
  readonly gate: SessionGate
  readonly lifetimeMs: number
  readonly log: Log
  readonly onSignIn: () => void
}

export const callbackPath = '/console/oidc/callback'

/** The way to the identity provider and back. The way back is the only request that another site may cause. */
export function oidcRoutes(app: FastifyInstance, parts: OidcRouteParts): void {
  const { provider, attempts, log } = parts

  app.get('/console/oidc/start', async (request, reply) => {
    const to = ownPath(queryOf(request).get('to'))
    // Another site must not begin a sign-in. Its links lead to the page, where the person can.
    if (isOfOtherSite(request.raw)) return redirect(reply, signInPage({ to }))
    try {
      const { url, ...attempt } = await provider.begin()
      void reply.header('set-cookie', await attempts.write(request.raw, { ...attempt, to }))
      return redirect(reply, url.href)
    } catch (error) {
      return tellPage(error, request, reply, log, to)
    }
  })

  app.get(callbackPath, async (request, reply) => {
    const query = queryOf(request)
    const state = query.get('state') ?? ''
    const attempt = await attempts.read(request.raw, state)
    try {
      if (attempt === undefined) throw expired()
      const session = await sessionOf(parts, request, query, attempt)
      await parts.gate.begin(request, reply, session)
      // The cookie is good for one way back.
      void reply.header('set-cookie', attempts.clear(state))
      parts.onSignIn()
      return redirect(reply, attempt.to)
    } catch (error) {
      if (attempt !== undefined) void reply.header('set-cookie', attempts.clear(state))
      return tellPage(error, request, reply, log, attempt?.to)
    }
  })
}

/** @throws CodedError of `IdentityProvider.finish`, or config-api's own if it does not take the token */
async function sessionOf(
  { provider, configApi, proxy, lifetimeMs, log }: OidcRouteParts,
  request: FastifyRequest,
  query: URLSearchParams,
  attempt: SignInAttempt,
): Promise<Session> {
  const { token, refreshToken, logoutHint, ...told } = await provider.finish(query.toString(), attempt)
  const identity = await identityOf(configApi, proxy.callerOf(request, token))
  log.info({ event: 'signed-in', via: 'oidc', subject: identity.subject })
  const tokenExpiresAt = expiryOf(identity) ?? told.tokenExpiresAt
  return {
    id: randomUUID(),
    via: 'oidc',
    owner: ownerOf(identity),
    token,
    tokenExpiresAt,
    ...(tokenExpiresAt !== null && { tokenLifetimeMs: tokenExpiresAt - Date.now() }),
    endsAt: Date.now() + lifetimeMs,
    ...(refreshToken !== undefined && { refreshToken }),
    ...(logoutHint !== undefined && { logoutHint }),
  }
}

/** The way back has no cookie of the way there: it took too long, was taken twice, or began in another browser. */
function expired(): CodedError {
  return new CodedError('SIGN_IN_EXPIRED', 'This sign-in has expired, or began in another browser. Sign in again.')
}

function queryOf({ originalUrl }: FastifyRequest): URLSearchParams {
  return new URL(originalUrl, 'http://console.invalid').searchParams
}

function redirect(reply: FastifyReply, to: string): FastifyReply {
  return reply.status(303).header('location', to).send()
}

/** A browser is here, so the page tells what happened. A next try leads `to` where this one was to. */
function tellPage(error: unknown, request: FastifyRequest, reply: FastifyReply, log: Log, to = '/'): FastifyReply {
  const context = requestContextOf(request.raw)
  const problem = problemOf(error, context.requestId)
  context.code = problem.body.code
  logFailure(log, error, problem)
  if (isCodedError(error)) {
    log.warn({ event: 'sign-in-failed', code: error.code, requestId: context.requestId, err: error.cause ?? error })
  }
  return redirect(reply, signInPage({ problem: problem.body.code, to }))
}

function signInPage({ to, ...query }: { readonly to: string; readonly problem?: string }): string {
  const parameters = new URLSearchParams({ ...query, ...(to !== '/' && { to }) }).toString()
  return parameters === '' ? '/sign-in' : `/sign-in?${parameters}`
}
