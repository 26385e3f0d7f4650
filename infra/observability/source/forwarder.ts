import type { Dashboard } from './dashboard.ts'
import { lines, perSecond, quantile, stat } from './panels.ts'
import { processes } from './processes.ts'
import { instances, requests } from './requests.ts'

const job = 'forwarder-api'
const at = `job="${job}", instance=~"$instance"`
const forwards = `${at}, route=~"/mtls/account/:accountId(/to/:mappingId)?|proxy"`
const ofCalls = (outcome: string) =>
  `${perSecond('forward_calls_total', `${at}, outcome=~"${outcome}"`)} / ${perSecond('forward_calls_total', at)}`
const byOperator = 'STORE_.+|COORDINATION_UNAVAILABLE|TOKEN_ISSUER_UNAVAILABLE|INTERNAL_ERROR'
const ownFailures = perSecond('http_problems_total', `${at}, code=~"${byOperator}"`)

export const forwarder: Dashboard = {
  name: 'mtls-gateway-forwarder',
  title: 'mTLS gateway: forwarder',
  description: 'Calls to targets: what becomes of them, how long they take, and why they fail.',
  job,
  rows: [
    {
      title: 'Now',
      height: 4,
      panels: [
        instances(at),
        stat('Calls per second', 'reqps', 'That have ended.', perSecond('forward_calls_total', at)),
        stat(
          'Failed by the gateway',
          'percentunit',
          'Share of requests that the gateway, its store or Redis is to blame for.',
          `(${ownFailures} or vector(0)) / ${requests(at)}`,
          { thresholds: [0.001, 0.01] },
        ),
        stat('Targets not reached', 'percentunit', 'Share of calls that ended with a 424.', ofCalls('unreachable'), {
          thresholds: [0.1, 0.25],
        }),
        stat('Targets down', 'short', 'That no call but a probe goes to.', `max(target_circuits_open{${at}})`, {
          thresholds: [1, 10],
        }),
        stat(
          'Outage used up',
          'percentunit',
          'Age of the oldest copy that replaces the store, as a share of STALE_LIMIT. At 100% calls fail.',
          `max(account_copies_stale_oldest_seconds{${at}} / account_copies_stale_limit_seconds{${at}})`,
          { thresholds: [0.1, 0.5] },
        ),
      ],
    },
    {
      title: 'Calls',
      height: 8,
      panels: [
        lines(
          'Calls by outcome',
          'reqps',
          'answered: by the target, whatever it said. unreachable: 424. refused: by the gateway.',
          { '{{outcome}}': perSecond('forward_calls_total', at, 'outcome') },
          { stacked: true },
        ),
        lines(
          "Targets' answers by class",
          'reqps',
          'What targets said themselves.',
          { '{{class}}': perSecond('target_answers_total', at, 'class') },
          { stacked: true },
        ),
        lines(
          "The gateway's own answers by code",
          'reqps',
          'docs/errors.md says what each code means, and who must act.',
          { '{{code}}': perSecond('http_problems_total', at, 'code') },
          { stacked: true },
        ),
        lines('Time of a call', 's', 'From the head of the request to the end of the answer, the target included.', {
          median: quantile(0.5, 'http_request_duration_seconds', forwards),
          '99th percentile': quantile(0.99, 'http_request_duration_seconds', forwards),
        }),
        lines('Time of the target', 's', 'From the moment a call is sent to the head of the answer.', {
          median: quantile(0.5, 'target_first_byte_seconds', at),
          '99th percentile': quantile(0.99, 'target_first_byte_seconds', at),
        }),
        lines('Calls without a mapping', 'reqps', 'By calling service: they present no certificate.', {
          '{{service}}': perSecond('unmapped_calls_total', at, 'service'),
        }),
      ],
    },
    {
      title: 'Ways to targets',
      height: 8,
      panels: [
        lines(
          'Failures by transport code',
          'reqps',
          'Why targets were not reached, and in which phase.',
          { '{{code}} ({{phase}})': perSecond('forward_transport_failures_total', at, 'code, phase') },
          { stacked: true },
        ),
        lines('New connections by phase, 95th percentile', 's', 'A slow phase names the cause: DNS, network or TLS.', {
          '{{phase}}': quantile(0.95, 'target_connection_seconds', at, 'phase'),
        }),
        lines('New connections', 'ops', 'Kept connections save handshakes: many new ones cost processor time.', {
          '{{outcome}}': perSecond('target_connections_total', at, 'outcome'),
          'calls repeated': perSecond('forward_repeated_total', at),
        }),
        lines(
          'Targets that are down',
          'short',
          'They failed several times in a row; probes find out when they are back.',
          {
            '{{instance}}': `target_circuits_open{${at}}`,
          },
        ),
        lines('Access tokens that targets want', 'reqps', 'failed: calls fail once the token before has ended.', {
          '{{result}}': perSecond('target_token_requests_total', at, 'result'),
        }),
        lines('Calls refused because of their target', 'reqps', 'circuit: it is down. limit: too many calls to it.', {
          '{{reason}}': perSecond('target_refused_total', at, 'reason'),
        }),
        lines(
          'Calls at the busiest target',
          'short',
          'Of one account, at one instance; and all calls that wait there.',
          {
            'in flight': `max(target_calls_busiest{${at}})`,
            waiting: `max(bulkhead_waiting{${at}, pool="forward-calls"})`,
          },
        ),
      ],
    },
    {
      title: 'Copies of accounts',
      height: 7,
      panels: [
        lines(
          'Cache hits',
          'percentunit',
          'Look-ups without a question to the store. A low share means that a cache is too small (CACHE_MIB).',
          {
            '{{cache}}': `${perSecond('cache_lookups_total', `${at}, result="hit"`, 'cache')} / ${perSecond('cache_lookups_total', at, 'cache')}`,
          },
          { max: 1 },
        ),
        lines(
          'Caches in use',
          'percentunit',
          'Share of what a cache may take, of the fullest instance.',
          { '{{cache}}': `max by (cache) (cache_used_bytes{${at}} / cache_limit_bytes{${at}})` },
          { max: 1 },
        ),
        lines('From a change to its use', 's', 'From the notice of a change to the copy that has it.', {
          median: quantile(0.5, 'account_change_lag_seconds', at),
          '99th percentile': quantile(0.99, 'account_change_lag_seconds', at),
        }),
      ],
    },
    processes(at),
  ],
}
