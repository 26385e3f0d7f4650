import type { Panel } from './dashboard.ts'
import { lines, perSecond, quantile, stat } from './panels.ts'

/** How many instances there are. @param at the selector of a service's series, here and below */
export function instances(at: string): Panel {
  return stat('Instances', 'short', 'That answer Prometheus.', `sum(up{${at}})`)
}

/**
 * Requests a second, without those for health: an edge may ask for it as often as there are requests
 * (infra/nginx/nginx.conf). @param more further conditions, from the comma on
 */
export function requests(at: string, more = '', by = ''): string {
  return perSecond('http_requests_total', `${at}, route!~"/health/.*"${more}`, by)
}

/** As a share of all requests. */
export function serverErrors(at: string): string {
  return `(${requests(at, ', status=~"5.."')} or vector(0)) / ${requests(at)}`
}

export function byStatus(title: string, description: string, at: string): Panel {
  const queries = { '{{status}}': requests(at, '', 'status') }
  return lines(title, 'reqps', description, queries, { stacked: true })
}

export function problemsByCode(description: string, at: string): Panel {
  const queries = { '{{code}}': perSecond('http_problems_total', at, 'code') }
  return lines('Problems by code', 'reqps', description, queries, { stacked: true })
}

export function slowestRoutes(at: string): Panel {
  return lines('Slowest routes, 95th percentile', 's', 'The five slowest. Probes and key files take seconds.', {
    '{{method}} {{route}}': `topk(5, ${quantile(0.95, 'http_request_duration_seconds', at, 'method, route')})`,
  })
}
