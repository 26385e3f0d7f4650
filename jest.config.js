import { globSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { project, run } from './jest.config.base.js'
import { projects as e2e } from './packages/e2e/jest.config.js'

const workspaces = globSync('{apps,packages}/*/jest.config.js')
  .map(dirname)
  .filter((folder) => folder !== 'packages/e2e')

/** What has to be there before the first test of a workspace. */
const setupOf = async (folder) => {
  const { globalSetup } = (await import(`./${folder}/jest.config.js`)).default
  return globalSetup === undefined ? {} : { globalSetup }
}

/**
 * The tests of all workspaces in one queue (decision 16). Files of the same length keep this order, and the end-to-end
 * ones are longer.
 */
export default {
  ...run,
  reporters: run.reporters.with(0, './packages/test-runner/src/progress-reporter.ts'),
  projects: [
    ...e2e.map((each) => ({ ...each, rootDir: '<rootDir>/packages/e2e' })),
    ...(await Promise.all(
      workspaces.map(async (folder) => ({
        ...project,
        ...(await setupOf(folder)),
        displayName: basename(folder),
        rootDir: `<rootDir>/${folder}`,
      })),
    )),
  ],
}
