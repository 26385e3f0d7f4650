import base from '../../jest.config.base.js'

export default { ...base, setupFiles: ['<rootDir>/../../packages/service-kit/test/nest-first.js'] }
