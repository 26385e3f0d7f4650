import type { Panel, Row } from './dashboard.ts'
import { lines } from './panels.ts'

/** What the processes of a service use. @param at the selector of its series */
export function processes(at: string, { hasCertificate = true } = {}): Row {
  return {
    title: 'Processes',
    height: 7,
    panels: [
      lines(
        'Processor time',
        'percentunit',
        'In cores. A service answers all its callers in one thread: at 1 it is full, and needs more instances.',
        { '{{instance}}': `rate(process_cpu_seconds_total{${at}}[$__rate_interval])` },
        { thresholds: [0.7, 0.9], max: 1 },
      ),
      lines('Memory', 'bytes', 'Resident memory. Compare it with the limit of the container.', {
        '{{instance}}': `process_resident_memory_bytes{${at}}`,
      }),
      lines(
        'Event loop lag, 99th percentile',
        's',
        'How long everything waits for whatever runs. Above 0.5 s somebody blocks all callers.',
        { '{{instance}}': `nodejs_eventloop_lag_p99_seconds{${at}}` },
        { thresholds: [0.1, 0.5] },
      ),
      lines(
        'File descriptors',
        'percentunit',
        'Share of those that the process may open: connections of callers and to targets.',
        { '{{instance}}': `process_open_fds{${at}} / process_max_fds{${at}}` },
        { thresholds: [0.6, 0.8], max: 1 },
      ),
      lines('Heap of JavaScript', 'bytes', 'What is in use after the last collections.', {
        '{{instance}}': `nodejs_heap_size_used_bytes{${at}}`,
      }),
      lines('Releases', 'short', 'Instances by release: during an update there are two.', {
        '{{version}} {{commit}}': `count by (version, commit) (mtls_gateway_build_info{${at}})`,
      }),
      ...(hasCertificate ? [ownCertificate(at)] : []),
    ],
  }
}

function ownCertificate(at: string): Panel {
  return lines(
    'TLS certificate expires in',
    's',
    'Of the services that have one of their own, instead of TLS in front.',
    {
      '{{instance}}': `(tls_certificate_not_after_timestamp_seconds{${at}} > 0) - time()`,
    },
  )
}
