import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { Server as TlsServer } from 'node:tls'
import type { Bulkheads } from '@mtls-gateway/bulkhead'
import type { ServiceContract } from '@mtls-gateway/contract'
import type { RateCounter } from '@mtls-gateway/coordination'
import type { DynamicModule, Type } from '@nestjs/common'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import type { CommonConfiguration, CommonSettings } from '../configuration/common-settings.ts'
import { boundConnections } from '../connections/bounded-connections.ts'
import { OpenRequests } from '../connections/open-requests.ts'
import { setupDocs } from '../docs/docs.ts'
import { Health } from '../health/health.ts'
import type { HealthCheck } from '../health/probe.ts'
import type { Log } from '../logging/log.ts'
import { logRequest } from '../logging/request-log.ts'
import type { ServiceMetrics } from '../metrics/service-metrics.ts'
import { CallersLine } from '../reading/callers-line.ts'
import { pipelineOf } from '../reading/read-in-turns.ts'
import { ReadingMetrics } from '../reading/reading-metrics.ts'
import { type RequestContext, requestContextOf } from '../request-context.ts'
import type { RefusedAddresses } from '../throttling/refused-addresses.ts'
import { endRequestSpan } from '../tracing/end-request-span.ts'
import type { Tracing } from '../tracing/tracing.ts'
import { answerClientError } from './client-error.ts'
import { connectionLimits } from './connection-limits.ts'
import { createServer } from './create-server.ts'
import { warnOfFewDescriptors, watchDescriptors } from './descriptor-warnings.ts'
import { EarlyRefusal } from './early-refusal.ts'
import { listen } from './listen.ts'
import { ManagementServer } from './management-server.ts'
import { createNestApp } from './nest-app.ts'
import { securityHeaders } from './security-headers.ts'
import { defaultLimits, type ServerLimits } from './server-limits.ts'
import { TlsFiles } from './tls-files.ts'

export interface ServiceOptions {
  readonly settings: CommonSettings
  readonly configuration: CommonConfiguration
  readonly module: Type | DynamicModule
  /** What its callers are told about it. */
  readonly contract: ServiceContract
  readonly log: Log
  readonly metrics: ServiceMetrics
  /** Where the pool of callers' connections is opened. */
  readonly bulkheads: Bulkheads
  readonly checks: readonly HealthCheck[]
  /** What it does without because settings are missing, for its health. */
  readonly off?: readonly string[]
  /** This service's own, made for `configuration.throttlePerSecond`. */
  readonly rateCounter: RateCounter
  /** The addresses that this counter has refused, if it remembers them. */
  readonly refused?: RefusedAddresses
  /** In bytes. */
  readonly bodyLimit: number
  /** In every answer that is not claimed, in addition to the security headers. */
  readonly answerHeaders?: Readonly<Record<string, string>>
  /**
   * Sees each request before routing and body parsing, and returns true if it answers it. It must then do everything
   * itself: counting (`admit`), `X-Request-Id`, security headers, errors (`problemOf`), and the context's route,
   * account and code.
   */
  readonly claim?: (request: IncomingMessage, response: ServerResponse, context: RequestContext) => boolean
  /** Plugins and pipes, before the application is initialised. Awaiting a plugin would boot Fastify unfiltered. */
  readonly configure?: (app: NestFastifyApplication) => void
  readonly limits?: Partial<ServerLimits>
  /** Undefined: nothing is traced. */
  readonly tracing?: Tracing | undefined
}

export interface RunningService {
  readonly url: string
  readonly managementUrl: string
  readonly log: Log
  /** How long the event loop may be blocked before the process ends; 0 turns it off. */
  readonly blockedLimitMs: number
  /** Reads the files of its certificate again; undefined if it has none. */
  readonly reload?: (() => void) | undefined
  /**
   * Becomes unready and serves on for the pause, while answers tell callers to leave. Then accepts no new connections,
   * waits for open requests (cut off after the grace), and closes.
   */
  stop(): Promise<void>
}

/**
 * Starts a service: resolves once its port and its management port both listen.
 * @throws CodedError `PORT_IN_USE`, `CONFIGURATION_INVALID`
 */
export async function serve(options: ServiceOptions): Promise<RunningService> {
  const { settings, configuration, log, metrics } = options
  const limits = { ...defaultLimits, ...options.limits }
  const open = new OpenRequests()
  const callers = new CallersLine(new ReadingMetrics(metrics.registry))
  const parts = { limits, open, callers, isAddressOfCaller: configuration.trustedProxies === 0 }
  const health = new Health({ checks: options.checks, off: options.off, log })
  const tls = tlsFilesOf(configuration, log)
  const ownHeaders = { ...securityHeaders(configuration), ...options.answerHeaders }
  const app = await createNestApp({
    module: options.module,
    contract: options.contract,
    health,
    log,
    bodyLimit: options.bodyLimit,
    throttling: {
      counter: options.rateCounter,
      perSecond: configuration.throttlePerSecond,
      trustedProxies: configuration.trustedProxies,
    },
    createServer: (nest) => createServer(tls?.pair, parts, listenerOf(options, open, ownHeaders, nest)),
    onClientError: (error, socket) => {
      const answer = () => answerClientError(error, socket, { open, limits, headers: ownHeaders })
      const pipeline = pipelineOf(socket)
      if (pipeline === undefined) answer()
      else pipeline.afterwards(answer)
    },
  })
  const server: Server = app.getHttpServer()
  boundConnections(server, options.bulkheads.open('connections', connectionLimits(configuration)))
  if (server instanceof TlsServer) tls?.follow(server)
  const management = new ManagementServer(metrics)
  warnOfFewDescriptors(log, configuration)
  const unwatchDescriptors = watchDescriptors(log)
  const close = async () => {
    unwatchDescriptors()
    await app.close()
    await management.close()
    tls?.close()
  }
  try {
    if (configuration.apiDocs) setupDocs(app, options.contract)
    options.configure?.(app)
    await app.init()
    await app.getHttpAdapter().getInstance().ready()
    const managementUrl = await management.listen({
      host: configuration.managementHost,
      port: configuration.managementPort,
      hostVariable: settings.managementHost.variable,
      portVariable: settings.managementPort.variable,
    })
    const url = await listen(server, {
      host: configuration.host,
      port: configuration.port,
      hostVariable: settings.host.variable,
      portVariable: settings.port.variable,
    })
    health.serving()
    log.info({ event: 'listening', url, managementUrl })
    const stop = async () => {
      health.stopping()
      open.leave()
      await delay(configuration.shutdownPauseMs)
      const cut = await open.drain(server, configuration.shutdownGraceMs)
      await close()
      log.info({ event: 'stopped', requestsCut: cut })
    }
    const { blockedLimitMs } = configuration
    let stopped: Promise<void> | undefined
    const reload = tls && (() => tls.reload())
    return { url, managementUrl, log, blockedLimitMs, reload, stop: () => (stopped ??= stop()) }
  } catch (error) {
    await close()
    throw error
  }
}

function tlsFilesOf({ tlsCertFile, tlsKeyFile }: CommonConfiguration, log: Log): TlsFiles | undefined {
  if (tlsCertFile === undefined || tlsKeyFile === undefined) return undefined
  return new TlsFiles({ certFile: tlsCertFile, keyFile: tlsKeyFile, log })
}

function listenerOf(
  { log, metrics, claim, configuration, refused, tracing }: ServiceOptions,
  open: OpenRequests,
  ownHeaders: Readonly<Record<string, string>>,
  nest: RequestListener,
): RequestListener {
  const headers = Object.entries(ownHeaders)
  const { trustedProxies } = configuration
  const refusal = refused && new EarlyRefusal({ refused, trustedProxies, headers: ownHeaders })
  return (request, response) => {
    const context = requestContextOf(request)
    const waitMs = refusal?.waitMs(request) ?? 0
    open.enter(request, response, () => {
      context.end()
      if (context.span !== undefined) endRequestSpan(context.span, request, response, context)
      metrics.countRequest(request, response, context)
      if (waitMs === 0) logRequest(log, request, response, context)
    })
    if (waitMs > 0) {
      refusal?.answer(response, context, waitMs)
      return
    }
    if (tracing !== undefined) context.span = tracing.begin(request, context)
    if (claim?.(request, response, context)) return
    response.setHeader('x-request-id', context.requestId)
    for (const [name, value] of headers) response.setHeader(name, value)
    nest(request, response)
  }
}
