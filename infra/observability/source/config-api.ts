import type { Dashboard } from './dashboard.ts'
import { lines, perSecond, quantile, stat } from './panels.ts'
import { processes } from './processes.ts'
import { byStatus, instances, problemsByCode, requests, serverErrors, slowestRoutes } from './requests.ts'

const job = 'config-api'
const at = `job="${job}", instance=~"$instance"`
const keyFiles = `${at}, pool=~"key-files|expensive-key-files|key-generation|traced-calls|probes"`
const notAfter = `min by (account, certificate) (certificate_not_after_timestamp_seconds{${at}}) - time()`

export const configApi: Dashboard = {
  name: 'mtls-gateway-config-api',
  title: 'mTLS gateway: config-api',
  description: 'Requests of tenants, consoles and the command line; key files; certificates that expire.',
  job,
  rows: [
    {
      title: 'Now',
      height: 4,
      panels: [
        instances(at),
        stat('Requests per second', 'reqps', 'Answered.', requests(at)),
        stat(
          'Server errors',
          'percentunit',
          'Share of requests answered with a status from 500 on.',
          serverErrors(at),
          { thresholds: [0.001, 0.01] },
        ),
        stat(
          'Expire in 14 days',
          'short',
          'Certificates in use, of all accounts.',
          `count(${notAfter} < 14 * 86400) or vector(0)`,
          { thresholds: [1, 10] },
        ),
        stat('Next one expires in', 's', 'The first certificate in use that expires.', `min(${notAfter})`),
        stat(
          'Waiting key files',
          'short',
          'Requests that wait for a process that reads or makes keys, or probes targets.',
          `sum(bulkhead_waiting{${keyFiles}})`,
          { thresholds: [5, 50] },
        ),
      ],
    },
    {
      title: 'Requests',
      height: 8,
      panels: [
        byStatus('Requests by status', '4xx are mistakes of callers, 5xx are for the operator.', at),
        problemsByCode('docs/errors.md says what each code means, and who must act.', at),
        slowestRoutes(at),
      ],
    },
    {
      title: 'Key files, keys and probes',
      height: 7,
      panels: [
        lines(
          'Processes in use',
          'percentunit',
          'Share of each pool of processes.',
          { '{{pool}}': `max by (pool) (bulkhead_in_use{${keyFiles}} / bulkhead_limit{${keyFiles}})` },
          { max: 1 },
        ),
        lines('Waiting', 'short', 'Requests that wait for a process.', {
          '{{pool}}': `sum by (pool) (bulkhead_waiting{${keyFiles}})`,
        }),
        lines('Wait, 95th percentile', 's', 'How long those waited that had to.', {
          '{{pool}}': quantile(0.95, 'bulkhead_wait_seconds', keyFiles, 'pool'),
        }),
      ],
    },
    {
      title: 'Certificates',
      height: 8,
      panels: [
        {
          kind: 'table',
          title: 'Certificates that expire next',
          description: 'In use, within 60 days. Tell their tenants; webhooks do the same.',
          unit: 's',
          width: 16,
          queries: [{ expr: `bottomk(10, ${notAfter})`, legend: '' }],
          columns: { account: 'Account', certificate: 'Certificate', Value: 'Expires in' },
        },
        lines('Throttled requests', 'reqps', 'Answered with 429: their address sends too many.', {
          '{{instance}}': perSecond('throttled_requests_total', at, 'instance'),
        }),
      ],
    },
    {
      title: 'Audit',
      height: 6,
      panels: [
        lines('Receivers behind', 's', 'Age of the oldest entry of the audit that a receiver has not got.', {
          '{{receiver}}': `max by (receiver) (audit_stream_lag_seconds{${at}})`,
        }),
        lines('Entries delivered', 'ops', 'Taken by each receiver of the audit.', {
          '{{receiver}}': perSecond('audit_stream_entries_total', at, 'receiver'),
        }),
        lines('Failed deliveries', 'ops', 'The log says why: audit-stream-failed.', {
          '{{receiver}}': perSecond('audit_stream_failures_total', at, 'receiver'),
        }),
      ],
    },
    {
      title: 'Approvals',
      height: 6,
      panels: [
        lines('Requests and decisions', 'short', 'Changes that need a second person, in the last hour.', {
          '{{outcome}}': `sum by (outcome) (increase(approvals_total{${at}}[1h]))`,
        }),
        stat(
          'Approved in an emergency',
          'short',
          'By an operator, without the second person, in the last 7 days. The log says who and why: approval-overridden.',
          `sum(increase(approvals_total{${at}, outcome="overridden"}[7d]))`,
          { thresholds: [1, 5] },
        ),
      ],
    },
    processes(at),
  ],
}
