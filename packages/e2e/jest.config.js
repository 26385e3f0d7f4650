import { missingTools, requireNothing } from '@mtls-gateway/test-kit'
import { project, run } from '../../jest.config.base.js'

/**
 * What is run on the embedded backends and again on Vault and Redis: all that depends on how accounts, secrets,
 * notices, nonces and counters are kept. The rest is about the way of a request before or after them, or about the
 * embedded ones alone.
 */
const onBoth = [
  'approvals/approvals',
  'auth/app-keys',
  'auth/invented-keys',
  'auth/oauth1',
  'auth/old-app-keys',
  'auth/replay-after-restart',
  'certificates/activate',
  'certificates/batches',
  'certificates/certificates',
  'certificates/csr',
  'certificates/expiry',
  'certificates/lost-key',
  'certificates/notices',
  'certificates/repeated-signed-certificate',
  'certificates/status',
  'conventions/audit',
  'conventions/idempotency',
  'conventions/lost-updates',
  'conventions/paging',
  'conventions/races',
  'conventions/settings',
  'conventions/usage',
  'crash/crash-points',
  'crash/version-crash-points',
  'declared/documents',
  'flow/happy-flow',
  'flow/onboarding-guide',
  'forward/egress-proxy',
  'forward/freshness',
  'forward/isolation',
  'forward/private-key-jwt',
  'forward/target-trust',
  'mappings/check-mapping',
  'mappings/delete-against-map',
  'mappings/explain',
  'mappings/mappings',
  'mappings/patterns',
  'mappings/rules',
  'operations/independence',
  'operations/metrics',
  'operations/recent-calls',
  'operations/throttling',
  'rotation/handovers',
  'rotation/promote-and-rollback',
  'rotation/propagation',
  'rotation/some-mappings',
  'rotation/staged-probe',
  'rotation/staged-rotation',
  'rotation/under-load',
  'rotation/version-races',
  'upgrades/format-1',
]

/** Without a Vault or a Redis the whole production project is skipped; in CI this throws. */
const missing = missingTools('OpenBao', 'redis-server')
requireNothing(missing)

const shared = { ...project, globalTeardown: '<rootDir>/test/support/stop-all.ts' }
const byName = {
  /** The checkout's own files, held against each other: `npm run lint` runs them, too. */
  repository: {
    ...project,
    displayName: 'repository',
    testMatch: ['<rootDir>/test/repository/**/*.test.ts'],
  },
  embedded: {
    ...shared,
    displayName: 'embedded',
    testPathIgnorePatterns: ['/repository/', '/images/', '/production-[^/]*$'],
    globalSetup: '<rootDir>/test/support/start-embedded.ts',
  },
  images: {
    ...project,
    displayName: 'images',
    testMatch: ['<rootDir>/test/images/**/*.test.ts'],
  },
  production: {
    ...shared,
    displayName: 'production',
    testEnvironmentOptions: {
      ...project.testEnvironmentOptions,
      env: { ...project.testEnvironmentOptions.env, E2E_BACKENDS: 'production' },
      missing,
    },
    testMatch: ['*/production-*', ...onBoth].map((name) => `<rootDir>/test/${name}.test.ts`),
    ...(missing.length === 0 && { globalSetup: '<rootDir>/test/support/start-production.ts' }),
  },
}

/**
 * The images cost a tenth of the processor time of all tests: they install and build all that is built already. So
 * `.ci/run` tests them with everything else, and elsewhere `npm run images` does.
 */
const { images, ...usual } = byName
const ofThisRun = process.env.CI === undefined ? usual : { ...usual, images }
const chosen = process.env.E2E_BACKENDS

export const projects = chosen === undefined ? Object.values(ofThisRun) : [byName[chosen]]

export default { ...run, projects }
