import { canStartRedisServer, canStartVaultServer } from '@mtls-gateway/test-kit'
import base from '../../jest.config.base.js'

/**
 * What is run on the embedded backends and again on Vault and Redis: all that depends on how accounts, secrets, notices,
 * nonces and counters are kept. The rest is about the way of a request before or after them, or about the embedded ones alone.
 */
const onBoth = [
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
  'flow/happy-flow',
  'flow/onboarding-guide',
  'forward/freshness',
  'forward/isolation',
  'forward/target-trust',
  'mappings/check-mapping',
  'mappings/delete-against-map',
  'mappings/explain',
  'mappings/mappings',
  'mappings/patterns',
  'mappings/rules',
  'operations/independence',
  'operations/throttling',
  'rotation/promote-and-rollback',
  'rotation/propagation',
  'rotation/staged-probe',
  'rotation/staged-rotation',
  'rotation/under-load',
  'rotation/version-races',
]

/** Without a Vault or a Redis what needs one is skipped, loudly; in CI this throws. */
const required = process.env.CI !== undefined
const hasProduction = [canStartVaultServer({ required }), canStartRedisServer({ required })].every(Boolean)

const { maxWorkers, testTimeout: _, ...ofAProject } = base
const project = { ...ofAProject, setupFiles: ['<rootDir>/../service-kit/test/nest-first.js'] }
const projects = {
  embedded: {
    ...project,
    displayName: 'embedded',
    testPathIgnorePatterns: ['/production-[^/]*$'],
  },
  production: {
    ...project,
    displayName: 'production',
    testMatch: ['*/production-*', ...(hasProduction ? onBoth : [])].map((name) => `<rootDir>/test/${name}.test.ts`),
    setupFiles: [...project.setupFiles, '<rootDir>/test/support/on-production.ts'],
    ...(hasProduction && {
      globalSetup: '<rootDir>/test/support/start-vault.ts',
      globalTeardown: '<rootDir>/test/support/stop-vault.ts',
    }),
  },
}

const chosen = process.env.E2E_BACKENDS

export default {
  maxWorkers,
  // Each test file starts processes of its own, which takes its time beside other suites.
  testTimeout: 120_000,
  projects: chosen === undefined ? Object.values(projects) : [projects[chosen]],
}
