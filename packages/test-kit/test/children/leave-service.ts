import { startService } from '../../src/index.ts'

const [entry = ''] = process.argv.slice(2)
const { pid } = await startService({ entry, env: {} })
process.stdout.write(`${pid}`, () => process.exit(0))
