import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const repositoryRoot = fileURLToPath(new URL('../../..', import.meta.url))

/** For what is downloaded. */
export const cacheFolder = join(repositoryRoot, 'node_modules/.cache/interop')

export type ServiceName = 'config-api' | 'forwarder-api'

export function openApiFile(service: ServiceName): string {
  return join(repositoryRoot, `docs/openapi/${service}.json`)
}
