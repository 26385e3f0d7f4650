import { setTimeout as delay } from 'node:timers/promises'
import { Server as TlsServer } from 'node:tls'
import type { Log } from '../logging/log.ts'
import { Health } from '../process/health.ts'
import { answerClientError } from './client-error.ts'
import { boundConnections, connectionLimits, warnOfFewDescriptors, watchDescriptors } from './connection-limits.ts'
import { createServer, defaultLimits } from './create-server.ts'
import type { HttpServiceOptions, RunningService, ServerConfiguration } from './http-service.ts'
import { listen } from './listen.ts'
import { ManagementServer } from './management-server.ts'
import { OpenRequests } from './open-requests.ts'
import { listenerOf } from './request-listener.ts'
import { securityHeaders } from './security-headers.ts'
import { TlsFiles, TlsMetrics } from './tls-files.ts'

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
  const tls = tlsFilesOf(configuration, log, new TlsMetrics(metrics.registry))
  const ownHeaders = { ...securityHeaders(configuration), ...options.answerHeaders }
  const app = await options.open({
    health,
    createServer: (listener) =>
      createServer(tls?.pair, { limits, open }, listenerOf(options, ownHeaders, listener)),
    onClientError: (error, socket) => answerClientError(error, socket, { open, limits, headers: ownHeaders }),
  })
  const { server } = app
  const connections = connectionLimits(configuration)
  boundConnections(server, options.bulkheads.open('connections', connections), connections.shareOfCaller, proxies)
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
    await app.ready()
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

function tlsFilesOf(
  { tlsCertFile, tlsKeyFile }: ServerConfiguration,
  log: Log,
  metrics: TlsMetrics,
): TlsFiles | undefined {
  if (tlsCertFile === undefined || tlsKeyFile === undefined) return undefined
  return new TlsFiles({ certFile: tlsCertFile, keyFile: tlsKeyFile, log, metrics })
}
