import type { Dashboard } from './dashboard.ts'
import { lines, perSecond, quantile, stat } from './panels.ts'
import { processes } from './processes.ts'
import { byStatus, instances, problemsByCode, serverErrors } from './requests.ts'

const job = 'prober'
const at = `job="${job}", instance=~"$instance"`
const pool = `${at}, pool="probes"`

export const prober: Dashboard = {
  name: 'mtls-gateway-prober',
  title: 'mTLS gateway: prober',
  description: 'Certificates that are tried at their targets, for config-api.',
  job,
  rows: [
    {
      title: 'Now',
      height: 4,
      panels: [
        instances(at),
        stat('Probes per second', 'reqps', 'Those that were asked for.', perSecond('http_requests_total', at)),
        stat(
          'Failed by the prober',
          'percentunit',
          'Share of probes with an answer from 500 on: mostly Vault, which has the keys.',
          serverErrors(at),
          { thresholds: [0.01, 0.1] },
        ),
        stat(
          'config-api without it',
          'ops',
          'Requests that config-api answered with PROBER_UNAVAILABLE.',
          `${perSecond('http_problems_total', 'job="config-api", code="PROBER_UNAVAILABLE"')} or vector(0)`,
          { thresholds: [0.01, 0.1] },
        ),
        stat('Waiting', 'short', 'Probes that wait for a process.', `sum(bulkhead_waiting{${pool}})`, {
          thresholds: [5, 50],
        }),
        stat(
          'Memory',
          'percentunit',
          'Of the fullest instance, without the processes that hold keys.',
          `max(process_resident_memory_bytes{${at}} / memory_limit_bytes{${at}})`,
          { thresholds: [0.7, 0.9] },
        ),
      ],
    },
    {
      title: 'Probes',
      height: 8,
      panels: [
        byStatus('Probes by status', 'Whatever a target said, the probe itself is a 200.', at),
        problemsByCode('docs/errors.md says what each code means, and who must act.', at),
        lines('Time of a probe', 's', 'With the wait for a process; slow targets take most of it.', {
          median: quantile(0.5, 'http_request_duration_seconds', at),
          '99th percentile': quantile(0.99, 'http_request_duration_seconds', at),
        }),
        lines(
          'Processes in use',
          'percentunit',
          'Each probe has a process of its own, which alone reads the key.',
          { '{{instance}}': `bulkhead_in_use{${pool}} / bulkhead_limit{${pool}}` },
          { max: 1 },
        ),
        lines('Wait for a process, 95th percentile', 's', 'How long those waited that had to.', {
          '{{instance}}': quantile(0.95, 'bulkhead_wait_seconds', pool, 'instance'),
        }),
        lines('Turned away', 'ops', 'One account asks for too much, or there are too few processes for all.', {
          '{{instance}}': perSecond('bulkhead_refused_total', pool, 'instance'),
        }),
      ],
    },
    // It has no certificate: handshakes take the secret that it shares with config-api.
    processes(at, { hasCertificate: false }),
  ],
}
