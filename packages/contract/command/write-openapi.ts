import { writeFile } from 'node:fs/promises'
import { configApi, forwarderApi } from '../src/index.ts'
import { openApiText } from '../src/openapi/index.ts'

/** Writes the documents of both services to docs/openapi. */
for (const service of [configApi, forwarderApi]) {
  await writeFile(new URL(`../../../docs/openapi/${service.name}.json`, import.meta.url), openApiText(service))
}
