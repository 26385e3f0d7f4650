import type { Dashboard } from './dashboard.ts'
import { lines, perSecond, quantile, stat } from './panels.ts'
import { requests } from './requests.ts'

const job = 'config-api|forwarder-api|prober'
const at = `job=~"${job}", instance=~"$instance"`
const share = `bulkhead_in_use{${at}} / bulkhead_limit{${at}}`

export const shares: Dashboard = {
  name: 'mtls-gateway-shares',
  title: "mTLS gateway: tenants' shares",
  description: 'The pools that tenants share (docs/fair-shares.md): how full they are, and who is turned away.',
  job,
  rows: [
    {
      title: 'Now',
      height: 4,
      panels: [
        stat('Fullest pool', 'percentunit', 'Of any instance. The last tenth is kept for newcomers.', `max(${share})`, {
          thresholds: [0.7, 0.9],
        }),
        stat('Waiting', 'short', 'For a place in any pool.', `sum(bulkhead_waiting{${at}})`, { thresholds: [10, 100] }),
        stat('Turned away per second', 'ops', 'By any pool.', perSecond('bulkhead_refused_total', at), {
          thresholds: [0.1, 10],
        }),
        stat('Throttled per second', 'reqps', 'Requests with 429.', perSecond('throttled_requests_total', at), {
          thresholds: [1, 50],
        }),
        stat(
          'Calls at the busiest target',
          'short',
          'Of one account, at one instance.',
          `max(target_calls_busiest{${at}})`,
        ),
      ],
    },
    {
      title: 'Pools',
      height: 9,
      panels: [
        lines(
          'How full each pool is',
          'percentunit',
          'Of the fullest instance, from 5% on. A pool that stays full is too small, or somebody takes all that there is.',
          { '{{pool}} ({{job}})': `max by (pool, job) (${share}) >= 0.05` },
          { max: 1, thresholds: [0.7, 0.9] },
        ),
        lines(
          'Turned away',
          'ops',
          'If the pool is not full, a tenant has used up its own share: that is the tenant’s affair.',
          { '{{pool}} ({{job}})': `${perSecond('bulkhead_refused_total', at, 'pool, job')} > 0` },
        ),
        lines('Wait, 95th percentile', 's', 'How long those waited that had to.', {
          '{{pool}} ({{job}})': quantile(0.95, 'bulkhead_wait_seconds', at, 'pool, job'),
        }),
        lines('Waiting', 'short', 'For a place.', {
          '{{pool}} ({{job}})': `sum by (pool, job) (bulkhead_waiting{${at}}) > 0`,
        }),
        lines('Calls in flight', 'short', 'With targets, by instance, and the most that there may be.', {
          '{{instance}}': `bulkhead_in_use{${at}, pool="forward-calls"}`,
          limit: `min(bulkhead_limit{${at}, pool="forward-calls"})`,
        }),
        lines(
          'Calls refused because of their target',
          'reqps',
          'circuit: it is down. limit: an account has too many calls to it.',
          {
            '{{reason}}': perSecond('target_refused_total', at, 'reason'),
          },
        ),
      ],
    },
    {
      title: 'Callers',
      height: 8,
      panels: [
        lines(
          'Requests refused, by status',
          'reqps',
          '429: throttled. 503: a share is used up, or something is down.',
          {
            '{{status}} ({{job}})': requests(at, ', status=~"4..|5.."', 'status, job'),
          },
        ),
        lines(
          'Clocks of callers',
          's',
          'How far the timestamps of signed requests are off. Beyond 300 s they are refused.',
          {
            median: quantile(0.5, 'caller_clock_skew_seconds', at),
            '99th percentile': quantile(0.99, 'caller_clock_skew_seconds', at),
          },
        ),
      ],
    },
  ],
}
