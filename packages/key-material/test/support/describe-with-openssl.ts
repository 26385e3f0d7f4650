import { describe } from '@jest/globals'
import { hasTool } from '@mtls-gateway/test-kit'

/** For tests that use the openssl command: skipped, with a warning, if there is none; in CI that is a failure. */
export const describeWithOpenssl: typeof describe.skip = hasTool('openssl', { required: process.env.CI !== undefined })
  ? describe
  : describe.skip
