import type { IncomingMessage, RequestListener } from 'node:http'
import { type ParsedUrlQuery, parse } from 'node:querystring'
import type { ServiceContract } from '@mtls-gateway/contract'
import type { RateCounter } from '@mtls-gateway/coordination'
import { isCodedError } from '@mtls-gateway/domain'
import { type ArgumentsHost, Catch, type DynamicModule, type ExceptionFilter, type Type } from '@nestjs/common'
import { APP_FILTER, NestFactory } from '@nestjs/core'
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { CommonConfiguration, CommonSettings } from '../configuration/common-settings.ts'
import { type Log, nestLog } from '../logging/log.ts'
import { isDocsPage, setupDocs } from '../nest/docs.ts'
import { methodRefusal, overlappingRoutes } from '../nest/operation.ts'
import { logFailure, problemOf } from '../problems/problem.ts'
import { pathOf, requestContextOf, unmatchedRoute } from '../request-context.ts'
import { admit } from '../throttling/rate-limit.ts'
import { throttlingModule } from '../throttling/throttler.ts'
import { answerProblem, sendInPieces } from './answers.ts'
import { docsPagePolicy } from './security-headers.ts'
import {
  type Application,
  type ApplicationParts,
  type HttpServiceOptions,
  type RunningService,
  serveHttp,
} from './serve-http.ts'

export interface ServiceOptions extends Omit<HttpServiceOptions, 'settings' | 'configuration' | 'open'> {
  readonly settings: CommonSettings
  readonly configuration: CommonConfiguration
  readonly module: Type | DynamicModule
  /** What its callers are told about it. */
  readonly contract: ServiceContract
  /** This service's own, made for `configuration.throttlePerSecond`. */
  readonly rateCounter: RateCounter
  /** In bytes. */
  readonly bodyLimit: number
  /** Plugins and pipes, before the application is initialised. Awaiting a plugin would boot Fastify unfiltered. */
  readonly configure?: (app: NestFastifyApplication) => void
}

/**
 * Starts a service of Nest: resolves once its port and its management port both listen.
 * @throws CodedError `PORT_IN_USE`, `CONFIGURATION_INVALID`
 */
export function serve(options: ServiceOptions): Promise<RunningService> {
  return serveHttp({ ...options, open: (parts) => openNest(options, parts) })
}

/** Every error of a Nest service as `application/problem+json`. */
@Catch()
class ProblemFilter implements ExceptionFilter {
  readonly #log: Log

  constructor(log: Log) {
    this.#log = log
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp()
    sendProblem(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>(), this.#log)
  }
}

function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply, log: Log): void {
  const context = requestContextOf(request.raw)
  const problem = problemOf(error, context.requestId, context.accepted)
  context.code = problem.body.code
  if (isCodedError(error)) context.refusal = error.refusal
  logFailure(log, error, problem)
  if (reply.raw.writableEnded) return
  // The status has gone out, or the answer was somebody else's: only a broken connection shows that it is incomplete.
  if (reply.raw.headersSent || reply.sent) {
    reply.raw.destroy()
    return
  }
  // What Fastify does with an answer takes longer than making this one.
  reply.hijack()
  answerProblem(reply.raw, problem)
}

class ServiceModule {}

/** A Nest application on Fastify with what every service has. */
async function openNest(options: ServiceOptions, parts: ApplicationParts): Promise<Application> {
  const { contract, log, configuration, rateCounter } = options
  const count = ({ raw }: FastifyRequest) => {
    const requestContext = requestContextOf(raw)
    requestContext.isCounted = true
    return admit(rateCounter, requestContext.clientAddress)
  }
  const adapter = new FastifyAdapter({
    bodyLimit: options.bodyLimit,
    genReqId: (request: IncomingMessage) => requestContextOf(request).requestId,
    serverFactory: (listener: RequestListener) => parts.createServer(listener),
    clientErrorHandler: parts.onClientError,
    // The router would parse the query, for whoever sends it; where there is no such path, all of it.
    rewriteUrl: ({ url = '' }) => pathOf(url),
    // What the router refuses reaches neither hooks nor filters.
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      new Promise((resolve) => resolve(count(request))).then(
        () => sendProblem(error, request, reply, log),
        (refusal: unknown) => sendProblem(refusal, request, reply, log),
      )
    },
  })
  // Instead of Nest's, for what Fastify and its hooks refuse: it would take as long as the refusal itself.
  adapter.setErrorHandler = () =>
    adapter.getInstance().setErrorHandler((error, request, reply) => sendProblem(error, request, reply, log))
  const root: DynamicModule = {
    module: ServiceModule,
    // Guards run in the order of the modules.
    imports: [throttlingModule(rateCounter, configuration.throttlePerSecond), options.module],
    providers: [{ provide: APP_FILTER, useValue: new ProblemFilter(log) }],
  }
  const app = await NestFactory.create<NestFastifyApplication>(root, adapter, {
    logger: nestLog(log),
    abortOnError: false,
    // Fastify's own parser of JSON does; an application may take it away and read bodies after its guards.
    bodyParser: false,
  })
  const fastify = adapter.getInstance()
  const overlapping = overlappingRoutes(contract)
  fastify.addHook('onSend', sendInPieces)
  fastify.addHook('onRequest', async (request, reply) => {
    const context = requestContextOf(request.raw)
    context.route = request.is404 ? unmatchedRoute : (request.routeOptions.url ?? unmatchedRoute)
    context.accountId = accountIdOf(request)
    if (isDocsPage(context.route)) reply.raw.setHeader('content-security-policy', docsPagePolicy)
    // Before anything that is expensive.
    await count(request)
    const mayBeOther = request.is404 || overlapping.has(context.route)
    const refusal = mayBeOther ? methodRefusal(contract, request.method, request.url) : undefined
    if (refusal !== undefined) throw refusal
  })
  // Once the caller is known.
  fastify.addHook('preValidation', async (request) => {
    if (!request.is404) request.query = queryOf(request.originalUrl)
  })
  return {
    server: app.getHttpServer(),
    ready: async () => {
      if (configuration.apiDocs) setupDocs(app, contract)
      options.configure?.(app)
      await app.init()
      await fastify.ready()
    },
    close: () => app.close(),
  }
}

/** More than any operation takes; further parameters are not parsed. */
const maxKeys = 64

function queryOf(url: string): ParsedUrlQuery {
  const mark = url.indexOf('?')
  return mark < 0 ? {} : parse(url.slice(mark + 1), '&', '=', { maxKeys })
}

/** Only if it is valid: a caller could write anything into the path, and with it into the log. */
function accountIdOf({ params }: FastifyRequest): string | undefined {
  if (typeof params !== 'object' || params === null || !('accountId' in params)) return undefined
  const { accountId } = params
  return typeof accountId === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(accountId) ? accountId : undefined
}
