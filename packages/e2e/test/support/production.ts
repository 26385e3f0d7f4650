import { describe } from '@jest/globals'
import { canStartRedisServer, canStartVaultServer } from '@mtls-gateway/test-kit'

export { type Production, startProduction } from './production-system.ts'

const required = process.env.CI !== undefined
const canRun = [canStartVaultServer({ required }), canStartRedisServer({ required })].every(Boolean)

/** Where there is no Vault or Redis the tests are skipped, loudly; in CI that is a failure. */
export const describeProduction: typeof describe.skip = canRun ? describe : describe.skip
