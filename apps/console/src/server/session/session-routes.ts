import type { Bulkhead } from '@mtls-gateway/bulkhead'
import { requestContextOf } from '@mtls-gateway/service-kit'
import type { FastifyInstance } from 'fastify'
import type { GatewayService } from '../gateway/gateway-service.ts'
import { identityOf, isRefusedToken } from '../gateway/identity.ts'
import { type ProxiedRoute, proxiedForwarderRoutes, proxiedRoutes } from '../gateway/proxied-routes.ts'
import { passOn, type ServiceProxy } from '../gateway/service-proxy.ts'
import { requireOwnPage } from '../http/own-page.ts'
import { endOf, type Session } from './session.ts'
import type { SessionGate } from './session-gate.ts'

export interface SessionRouteParts {
  readonly configApi: GatewayService
  readonly proxy: ServiceProxy
  /** Undefined: the console does not know where forwarder-api is. */
  readonly forwarderProxy: ServiceProxy | undefined
  readonly gate: SessionGate
  readonly requests: Bulkhead
  /** Ends it at an identity provider as well. @returns where the browser should go then */
  readonly signOut: (session: Session) => Promise<string | undefined>
}

/** What the page can do with the session that it has. */
export function sessionRoutes(
  app: FastifyInstance,
  { configApi, proxy, forwarderProxy, gate, requests, signOut }: SessionRouteParts,
): void {
  app.addHook('onSend', (request, reply) => gate.settle(request, reply))

  app.get('/console/session', async (request, reply) => {
    requireOwnPage(request.raw)
    const session = await gate.require(request, reply)
    const { token, via, label } = session
    try {
      const { subject, accounts, scopes } = await identityOf(configApi, proxy.callerOf(request, token))
      const expiresAt = new Date(endOf(session)).toISOString()
      return { subject, accounts, scopes, expiresAt, via, ...(label !== undefined && { label }) }
    } catch (error) {
      throw isRefusedToken(error) ? gate.refuse(request, reply, session, error.code) : error
    }
  })

  app.delete('/console/session', async (request, reply) => {
    requireOwnPage(request.raw)
    const session = await gate.signOut(request, reply)
    const redirect = session && (await signOut(session))
    return redirect === undefined ? reply.status(204).send() : { redirect }
  })

  const passTo = (service: ServiceProxy, routes: readonly ProxiedRoute[]) => {
    for (const { method, url } of routes) {
      app.route({
        method,
        url,
        handler: async (request, reply) => {
          requireOwnPage(request.raw)
          const { token, owner } = await gate.require(request, reply)
          const permit = await requests.acquire(owner, 1, reply.raw)
          requestContextOf(request.raw).onEnd(() => permit.release())
          const answer = await service.ask(request, reply, token)
          if (answer.statusCode === 401) gate.end(request, reply)
          return passOn(answer, reply)
        },
      })
    }
  }
  passTo(proxy, proxiedRoutes())
  if (forwarderProxy) passTo(forwarderProxy, proxiedForwarderRoutes())
}
