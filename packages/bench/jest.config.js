import base from '../../jest.config.base.js'

export default { ...base, setupFiles: ['<rootDir>/../service-kit/test/nest-first.js'] }
