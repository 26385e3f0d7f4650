import base from '../../jest.config.base.js'

export default { ...base, setupFiles: ['<rootDir>/test/nest-first.js'] }
