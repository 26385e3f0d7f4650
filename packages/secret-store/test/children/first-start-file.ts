import { randomBytes } from 'node:crypto'
import { readOrCreateFile } from '../../src/files/first-start-file.ts'
import { argument, tell, untilTold } from './child.ts'

await untilTold()
const content = readOrCreateFile(argument(0), () => randomBytes(32))
tell(Buffer.from(content).toString('hex'))
process.disconnect()
