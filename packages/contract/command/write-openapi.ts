import { writeFile } from 'node:fs/promises'
import { configApi, forwarderApi } from '../src/index.ts'
import { accountFileSchemaText, openApiText } from '../src/openapi/index.ts'

/** Writes the documents of both services to docs/openapi, and the schema of an account in a file to docs/schemas. */
for (const service of [configApi, forwarderApi]) {
  await writeFile(new URL(`../../../docs/openapi/${service.name}.json`, import.meta.url), openApiText(service))
}
await writeFile(new URL('../../../docs/schemas/account.schema.json', import.meta.url), accountFileSchemaText())
