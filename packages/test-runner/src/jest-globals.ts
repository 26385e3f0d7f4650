import { currentGlobals } from './current-globals.ts'

/** What `@jest/globals` is to a test file, its support and contract suites: loaded anew for each file. */
export const { describe, it, test, expect, beforeAll, beforeEach, afterAll, afterEach } = currentGlobals()
