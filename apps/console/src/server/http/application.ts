import type { RateCounter } from '@mtls-gateway/coordination'
import {
  type Application,
  type ApplicationParts,
  admit,
  clientAddress,
  type Log,
  pathOf,
  requestContextOf,
  sendInPieces,
  type TrustedProxies,
  unmatchedRoute,
} from '@mtls-gateway/service-kit'
import { type FastifyInstance, type FastifyRequest, fastify } from 'fastify'
import { answerProblem } from './answer-problem.ts'

export interface ApplicationOptions extends ApplicationParts {
  readonly rates: RateCounter
  readonly proxies: TrustedProxies
  readonly log: Log
  /** Adds what there is to ask for. */
  readonly routes: (app: FastifyInstance) => void
}

/** Ids may be as long as a url. */
const longestParameter = 2_048

/** Fastify with what every request needs: counting, problems, and bodies that nobody has read. */
export function createApplication(options: ApplicationOptions): Application {
  const { rates, log } = options
  const count = async (request: FastifyRequest) => admit(rates, clientAddress(request.raw, options.proxies))
  const app = fastify({
    genReqId: (request) => requestContextOf(request).requestId,
    serverFactory: (listener) => options.createServer(listener),
    clientErrorHandler: (error, socket) => options.onClientError(error, socket),
    routerOptions: { maxParamLength: longestParameter },
    // The router would parse the query, for whoever sends it. Whoever needs one takes `originalUrl`.
    rewriteUrl: ({ url = '' }) => pathOf(url),
    // What the router refuses reaches no hook.
    frameworkErrors: (error, request, reply) => {
      count(request).then(
        () => answerProblem(error, request, reply, log),
        (refusal: unknown) => answerProblem(refusal, request, reply, log),
      )
    },
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
  app.addHook('onSend', sendInPieces)
  app.addHook('onRequest', async (request) => {
    const context = requestContextOf(request.raw)
    context.route = request.is404 ? unmatchedRoute : (request.routeOptions.url ?? unmatchedRoute)
    await count(request)
  })
  app.setErrorHandler((error, request, reply) => answerProblem(error, request, reply, log))
  options.routes(app)
  return { server: app.server, ready: async () => void (await app.ready()), close: () => app.close() }
}
