import { readFileSync, writeFileSync } from 'node:fs'
import { withCommandPages } from './command-pages.ts'

const file = new URL('../../../../docs/admin.md', import.meta.url)

writeFileSync(file, withCommandPages(readFileSync(file, 'utf8')))
