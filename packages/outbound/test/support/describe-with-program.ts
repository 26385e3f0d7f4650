import { describe } from '@jest/globals'
import { hasTool } from '@mtls-gateway/test-kit'

/** For tests that drive real programs: skipped, loudly, where one is missing; in CI that is a failure. */
export function describeWithProgram(...programs: readonly string[]): typeof describe.skip {
  const required = process.env.CI !== undefined
  return programs.map((program) => hasTool(program, { required })).every(Boolean) ? describe : describe.skip
}

export const describeWithOpenssl: typeof describe.skip = describeWithProgram('openssl')
