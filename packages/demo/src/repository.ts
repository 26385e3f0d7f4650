import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the root package.json. */
export const repositoryRoot = fileURLToPath(new URL('../../..', import.meta.url))

/** The scripts that the demo starts as processes of their own. */
export interface Entries {
  readonly configApi: string
  readonly forwarderApi: string
  readonly console: string
  readonly admin: string
}

/** By path, as packages do not import apps. */
export const builtEntries: Entries = {
  configApi: join(repositoryRoot, 'apps/config-api/dist/main.js'),
  forwarderApi: join(repositoryRoot, 'apps/forwarder-api/dist/main.js'),
  console: join(repositoryRoot, 'apps/console/dist/main.js'),
  admin: join(repositoryRoot, 'apps/config-api/dist/mtls-admin.js'),
}

/** Absolute: `DATA_DIR` from the working directory, else `.data` in the repository. */
export function dataDirectory(environment: NodeJS.ProcessEnv): string {
  return environment.DATA_DIR ? resolve(environment.DATA_DIR) : join(repositoryRoot, '.data')
}
