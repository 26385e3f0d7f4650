import { afterEach } from '@jest/globals'

/** For the test file that has loaded this. */
export const counted = { loads: 0, tests: 0 }

counted.loads++
afterEach(() => {
  counted.tests++
})
