import type { Dashboard } from './dashboard.ts'
import { lines, perSecond, stat } from './panels.ts'
import { processes } from './processes.ts'
import { byStatus, instances, problemsByCode, requests, serverErrors, slowestRoutes } from './requests.ts'

const job = 'console'
const at = `job="${job}", instance=~"$instance"`
const pool = `${at}, pool="proxied-requests"`

export const consoleDashboard: Dashboard = {
  name: 'mtls-gateway-console',
  title: 'mTLS gateway: console',
  description: 'People who sign in and work in the console, and what config-api answers them.',
  job,
  rows: [
    {
      title: 'Now',
      height: 4,
      panels: [
        instances(at),
        stat('Requests per second', 'reqps', 'Answered: pages, and what they ask config-api.', requests(at)),
        stat(
          'Server errors',
          'percentunit',
          'Share of requests answered with a status from 500 on, by config-api or the console.',
          serverErrors(at),
          { thresholds: [0.001, 0.01] },
        ),
        stat('Sign-ins per second', 'ops', 'Sessions that have begun.', perSecond('console_sign_ins_total', at)),
        stat(
          'Tokens not renewed',
          'ops',
          'Per second: the identity provider refuses, or does not answer.',
          `${perSecond('console_refreshes_total', `${at}, result!="renewed"`)} or vector(0)`,
          { thresholds: [0.01, 0.1] },
        ),
        stat('Throttled per second', 'reqps', 'Requests with 429.', perSecond('throttled_requests_total', at), {
          thresholds: [1, 50],
        }),
      ],
    },
    {
      title: 'People',
      height: 8,
      panels: [
        byStatus(
          'Requests by status',
          '401: nobody is signed in, or the session is over. 5xx are for the operator.',
          at,
        ),
        problemsByCode('Of the console itself: those of config-api are on its own dashboard.', at),
        slowestRoutes(at),
        lines('Sign-ins', 'ops', 'By the identity provider, a link or an invitation.', {
          '{{via}}': perSecond('console_sign_ins_total', at, 'via'),
        }),
        lines('Tokens to renew', 'ops', 'refused ends the session; failed: the identity provider does not answer.', {
          '{{result}}': perSecond('console_refreshes_total', at, 'result'),
        }),
        lines(
          'Requests at config-api',
          'percentunit',
          'Share of those that may be there at the same time.',
          { '{{instance}}': `bulkhead_in_use{${pool}} / bulkhead_limit{${pool}}` },
          { max: 1 },
        ),
      ],
    },
    processes(at),
  ],
}
