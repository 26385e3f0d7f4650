/** `npm run observability`: writes what is made of other files: the dashboards, and the rules for Kubernetes. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { generated } from './source/generated.ts'

for (const [path, text] of generated()) {
  const file = join(import.meta.dirname, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  console.log(`infra/observability/${path}`)
}
