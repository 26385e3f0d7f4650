import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import { Counter, collectDefaultMetrics, Registry } from 'prom-client'
import { type RequestContext, statusOf } from '../request-context.ts'
import { durationBuckets, readCounter, SlotHistogram, type Slots } from './fast-metrics.ts'
import { showBuildInfo } from './process-metrics.ts'

type Route = 'method' | 'route'

interface Series {
  readonly labels: { readonly method: string; readonly route: string; readonly status: string }
  readonly duration: Slots<Route>
  requests: number
}

/**
 * The metrics of one service, in a registry of its own: requests, process and event loop. Labels carry patterns of
 * routes, never paths: a path names a tenant.
 */
export class ServiceMetrics {
  /** For metrics of the service's own. */
  readonly registry = new Registry()
  readonly service: string
  readonly #duration: SlotHistogram<Route>
  /** By all labels as one text: finding them by an object of labels takes 1 us per metric. */
  readonly #series = new Map<string, Series>()
  readonly #problems: Counter<'route' | 'code'>

  constructor(service: string) {
    const { registry } = this
    this.service = service
    readCounter({
      name: 'http_requests_total',
      help: 'Requests, by the status of the answer; `none` if the caller went before there was one',
      labelNames: ['method', 'route', 'status'],
      registry,
      read: () => [...this.#series.values()].map(({ labels, requests }) => [labels, requests] as const),
    })
    this.#duration = new SlotHistogram({
      name: 'http_request_duration_seconds',
      help: 'From the head of the request to the end of the answer',
      labelNames: ['method', 'route'],
      buckets: durationBuckets,
      registry,
    })
    this.#problems = new Counter({
      name: 'http_problems_total',
      help: "The gateway's own answers that are problems, by code",
      labelNames: ['route', 'code'],
      registers: [registry],
    })
    showBuildInfo(registry, service)
    collectDefaultMetrics({ register: registry })
  }

  countRequest(request: IncomingMessage, response: ServerResponse, context: RequestContext): void {
    const { route, code, startedAt, endedAt } = context
    const series = this.#seriesOf(request.method ?? '', route, statusOf(response) ?? 'none')
    series.requests += 1
    series.duration.observe((endedAt - startedAt) / 1_000)
    if (code !== undefined) this.#problems.inc({ route, code })
  }

  #seriesOf(method: string, route: string, status: number | 'none' | 'other'): Series {
    const key = `${method} ${status} ${route}`
    const known = this.#series.get(key)
    if (known !== undefined) return known
    // A target may answer with any number.
    if (typeof status === 'number' && !(status in STATUS_CODES)) return this.#seriesOf(method, route, 'other')
    const labels = { method, route, status: String(status) }
    const series = { labels, duration: this.#duration.series({ method, route }), requests: 0 }
    this.#series.set(key, series)
    return series
  }
}
