import type { Dashboard } from './dashboard.ts'
import { lines, perSecond, quantile, stat } from './panels.ts'

const job = 'config-api|forwarder-api'
const at = `job=~"${job}", instance=~"$instance"`

export const storeAndRedis: Dashboard = {
  name: 'mtls-gateway-store-and-redis',
  title: 'mTLS gateway: store and Redis',
  description: 'Vault, OpenBao or the embedded store, and Redis, as the services see them.',
  job,
  rows: [
    {
      title: 'Now',
      height: 4,
      panels: [
        stat(
          'Store errors per second',
          'ops',
          'Without conflicts, which are repeated.',
          `${perSecond('store_errors_total', `${at}, reason!="conflict"`)} or vector(0)`,
          { thresholds: [0.01, 0.5] },
        ),
        stat(
          'Store, 95th percentile',
          's',
          'How long it takes to answer.',
          quantile(0.95, 'store_request_duration_seconds', at),
          { thresholds: [0.25, 1] },
        ),
        stat('Stale copies', 'short', 'Accounts served without the store.', `sum(account_copies_stale{${at}})`, {
          thresholds: [1, 100],
        }),
        stat(
          'Instances without Redis',
          'short',
          'They refuse signed calls.',
          `count(redis_up{${at}} == 0) or vector(0)`,
          {
            thresholds: [1, 2],
          },
        ),
        stat(
          'Redis memory',
          'percentunit',
          'Share of maxmemory. At 100% signed calls are refused.',
          `max(redis_memory_used_bytes{${at}} / (redis_memory_max_bytes{${at}} > 0))`,
          { thresholds: [0.6, 0.8] },
        ),
        stat('Clock skew', 's', 'Of Vault or Redis, whichever is further off.', `max(abs(clock_skew_seconds{${at}}))`, {
          thresholds: [2, 5],
        }),
      ],
    },
    {
      title: 'Store',
      height: 8,
      panels: [
        lines('Requests by operation', 'ops', 'What is read from caches asks nobody.', {
          '{{operation}}': perSecond('store_request_duration_seconds_count', at, 'operation'),
        }),
        lines('Time by operation, 95th percentile', 's', 'With retries.', {
          '{{operation}}': quantile(0.95, 'store_request_duration_seconds', at, 'operation'),
        }),
        lines(
          'Errors by reason',
          'ops',
          'conflict: two changes at the same time, which are repeated. All others are for the operator.',
          { '{{reason}} ({{job}})': perSecond('store_errors_total', at, 'reason, job') },
        ),
        lines(
          'Age of the oldest stale copy',
          's',
          'How old what replaces the store is. At the limit, calls are refused.',
          {
            '{{instance}}': `account_copies_stale_oldest_seconds{${at}}`,
            limit: `min(account_copies_stale_limit_seconds{${at}})`,
          },
        ),
        lines('Events of account caches', 'ops', 'As in the log: account-cache-EVENT.', {
          '{{event}}': perSecond('account_cache_events_total', at, 'event'),
        }),
        lines(
          'Copies that are behind',
          'short',
          'To be read again: a notice named a newer revision, or their time is over.',
          {
            '{{instance}}': `account_copies_behind{${at}}`,
          },
        ),
      ],
    },
    {
      title: 'Redis',
      height: 8,
      panels: [
        lines('Commands', 'ops', 'One for each request, two for each signed call.', {
          '{{job}}': perSecond('redis_command_duration_seconds_count', at, 'job'),
        }),
        lines('Time of a command', 's', 'Late replies included: beyond REDIS_TIMEOUT their calls are refused.', {
          median: quantile(0.5, 'redis_command_duration_seconds', at),
          '99th percentile': quantile(0.99, 'redis_command_duration_seconds', at),
        }),
        lines('Errors by reason', 'ops', 'TIMEOUT: a late reply. down: not sent. OOM: maxmemory is reached.', {
          '{{reason}}': perSecond('redis_errors_total', at, 'reason'),
        }),
        lines('Memory', 'bytes', 'Nonces of 601 s take 120 MB per 1,000 signed calls a second.', {
          used: `max(redis_memory_used_bytes{${at}})`,
          maxmemory: `max(redis_memory_max_bytes{${at}})`,
        }),
        lines('Events', 'ops', 'Outages, and what was decided without Redis.', {
          '{{event}}': perSecond('coordination_events_total', at, 'event'),
        }),
        lines('Clock skew', 's', 'How far Vault and Redis are ahead of the services; Vault tells whole seconds.', {
          '{{against}} ({{instance}})': `abs(clock_skew_seconds{${at}})`,
        }),
      ],
    },
  ],
}
