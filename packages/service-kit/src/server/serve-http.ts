import type { RequestListener, Server } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { Server as TlsServer } from 'node:tls'
import type { Bulkheads } from '@mtls-gateway/bulkhead'
import type { CommonConfiguration, CommonSettings } from '../configuration/common-settings.ts'
import type { Log } from '../logging/log.ts'
import { Health, type HealthCheck } from '../process/health.ts'
import { answerClientError } from './client-error.ts'
import { boundConnections, connectionLimits } from './connection-limits.ts'
import { createServer, defaultLimits, type ServerLimits } from './create-server.ts'
import { healthBefore } from './health-answers.ts'
import { listen } from './listen.ts'
import { ManagementServer } from './management-server.ts'
import { OpenRequests } from './open-requests.ts'
import { type ListenerOptions, listenerOf } from './request-listener.ts'
import { securityHeaders } from './security-headers.ts'
import { TlsFiles, tlsGauges } from './tls-files.ts'

type ServerConfiguration = Pick<
  CommonConfiguration,
  | 'host'
  | 'port'
  | 'managementHost'
  | 'managementPort'
  | 'tlsCertFile'
  | 'tlsKeyFile'
  | 'maxConnections'
  | 'shutdownPauseMs'
  | 'shutdownGraceMs'
  | 'blockedLimitMs'
>

/** What a framework's application is opened with. */
export interface ApplicationParts {
  /** Must be called once, with what answers requests. */
  createServer(listener: RequestListener): Server
  onClientError(error: NodeJS.ErrnoException, socket: Socket): void
}

/** A framework's application, on the server that it was given. */
export interface Application {
  readonly server: Server
  /** Resolves when it can answer. */
  ready(): Promise<void>
  close(): Promise<void>
}

export interface HttpServiceOptions extends ListenerOptions {
  readonly settings: Pick<CommonSettings, 'host' | 'port' | 'managementHost' | 'managementPort'>
  readonly configuration: ServerConfiguration
  /** Where the pool of callers' connections is opened. */
  readonly bulkheads: Bulkheads
  readonly checks: readonly HealthCheck[]
  /** What it does without because settings are missing, for its health. */
  readonly off?: readonly string[] | undefined
  /** In every answer that is not claimed, in addition to the security headers. */
  readonly answerHeaders?: Readonly<Record<string, string>> | undefined
  readonly limits?: Partial<ServerLimits> | undefined
  readonly open: (parts: ApplicationParts) => Promise<Application>
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
 * Starts a service on our own server, whatever framework answers: resolves once its port and its management port both
 * listen.
 * @throws CodedError `PORT_IN_USE`, `CONFIGURATION_INVALID`
 */
export async function serveHttp(options: HttpServiceOptions): Promise<RunningService> {
  const { settings, configuration, proxies, log, metrics } = options
  const limits = { ...defaultLimits, ...options.limits }
  const open = new OpenRequests()
  const health = new Health({ checks: options.checks, off: options.off, log })
  const { tlsCertFile: certFile, tlsKeyFile: keyFile } = configuration
  const gauges = tlsGauges(metrics.registry)
  const { certificates: callers } = options
  const tls = certFile && keyFile ? new TlsFiles({ certFile, keyFile, log, gauges, callers }) : undefined
  const ownHeaders = { ...securityHeaders(configuration), ...options.answerHeaders }
  const app = await options.open({
    createServer: (framework) => {
      const listener = listenerOf(options, ownHeaders, healthBefore(framework, health))
      return createServer(tls?.options, { limits, open }, listener)
    },
    onClientError: (error, socket) => answerClientError(error, socket, { open, limits, headers: ownHeaders }),
  })
  const { server } = app
  const connections = connectionLimits(configuration)
  boundConnections(server, options.bulkheads.open('connections', connections), connections.shareOfCaller, proxies)
  if (server instanceof TlsServer) tls?.follow(server)
  const management = new ManagementServer(metrics)
  const close = async () => {
    await app.close()
    await management.close()
    tls?.close()
  }
  try {
    await app.ready()
    const managementUrl = await management.listen(configuration, settings)
    const url = await listen(server, configuration, settings)
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
