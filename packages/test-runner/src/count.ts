/**
 * The last lines of `.ci/run`, which is often all that is kept: what failed in `npm test`, and what it counted. Fails
 * if a test failed, or a workspace with tests ran none.
 */
import { browserFolder } from './browser-tests.ts'
import { countsOf, readResults, silentWorkspaces } from './results.ts'
import { root } from './root.ts'

const results = readResults(root, ['.', browserFolder])
for (const failure of results.failures) console.log(`failed: ${failure}\n`)
const silent = silentWorkspaces(root, results)
if (silent.length > 0) console.log(`no test ran in: ${silent.join(', ')}`)
console.log(countsOf(results))
process.exitCode = silent.length > 0 || results.failed > 0 ? 1 : 0
