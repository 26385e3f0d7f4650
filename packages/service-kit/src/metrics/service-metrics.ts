import type { IncomingMessage, ServerResponse } from 'node:http'
import { Counter, Histogram, Registry } from 'prom-client'
import type { RequestContext } from '../request-context.ts'
import { collectProcessMetrics } from './process-metrics.ts'

interface Series {
  readonly requests: Counter.Internal
  readonly duration: Histogram.Internal<'method' | 'route'>
}

/** From a cached answer to the longest call that a target may take, in seconds. */
const durationBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/**
 * The metrics of one service, in a registry of its own: requests, process and event loop. Labels carry patterns of
 * routes, never paths: a path names a tenant.
 */
export class ServiceMetrics {
  /** For metrics of the service's own. */
  readonly registry = new Registry()
  readonly #requests: Counter<'method' | 'route' | 'status'>
  readonly #duration: Histogram<'method' | 'route'>
  /** By all labels as one text: finding them by an object of labels takes 1 us per metric. */
  readonly #series = new Map<string, Series>()

  constructor() {
    const registers = [this.registry]
    this.#requests = new Counter({
      name: 'http_requests_total',
      help: 'Requests answered',
      labelNames: ['method', 'route', 'status'],
      registers,
    })
    this.#duration = new Histogram({
      name: 'http_request_duration_seconds',
      help: 'From the head of the request to the end of the answer',
      labelNames: ['method', 'route'],
      buckets: durationBuckets,
      registers,
    })
    collectProcessMetrics(this.registry)
  }

  countRequest(request: IncomingMessage, response: ServerResponse, context: RequestContext): void {
    const series = this.#seriesOf(request.method ?? '', context.route, response.statusCode)
    series.requests.inc()
    series.duration.observe((performance.now() - context.startedAt) / 1_000)
  }

  #seriesOf(method: string, route: string, status: number): Series {
    const key = `${method} ${status} ${route}`
    const known = this.#series.get(key)
    if (known !== undefined) return known
    const series = {
      requests: this.#requests.labels({ method, route, status }),
      duration: this.#duration.labels({ method, route }),
    }
    this.#series.set(key, series)
    return series
  }
}
