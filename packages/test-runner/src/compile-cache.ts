import { join } from 'node:path'
import { root } from './root.ts'

/**
 * Where the processes that tests start find what Node made of the same scripts before: types stripped, and compiled.
 * `npm test` begins with an empty one, as the names of a bundle's files change with what is in them.
 */
export const compileCache = join(root, 'node_modules/.cache/mtls-gateway/compiled')
