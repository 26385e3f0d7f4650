import base from '../../jest.config.base.js'

export default {
  ...base,
  setupFiles: ['<rootDir>/../service-kit/test/nest-first.js'],
  // Each test file starts processes of its own, which takes its time beside other suites.
  testTimeout: 120_000,
}
