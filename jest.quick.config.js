import all from './jest.config.js'

/** Workspaces whose tests start no process: at most sockets of the test's own. */
const quick = [
  ...[
    'bulkhead',
    'certificate-rules',
    'client',
    'contract',
    'domain',
    'request-signing',
    'terminal',
    'request-auth',
    'registry',
    'service-kit',
  ],
  ...['forwarder-api', 'cli', 'repository'],
]
/** Theirs that do start one, or that take long. */
const left = [
  'service-kit/test/server/process',
  'service-kit/test/server/open-requests',
  'service-kit/test/server/heap',
  'cli/test/completion',
  'registry/test/format/account-capacity',
  'service-kit/test/process/watchdog',
  'repository/.*regexes',
]

/** What answers within a minute whether a change is sound. */
export default {
  ...all,
  projects: all.projects
    .filter(({ displayName }) => quick.includes(displayName))
    .map((project) => ({ ...project, testPathIgnorePatterns: left })),
}
