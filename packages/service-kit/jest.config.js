import base from '../../jest.config.base.js'

export default { ...base, globalSetup: '<rootDir>/test/child-service/bundle.ts' }
