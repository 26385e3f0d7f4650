import { DatabaseSync } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'
import { argument, untilTold } from './child.ts'

// Is about to write, as another opener is in the middle of a first start, and ends soon after it was told to.
const database = new DatabaseSync(argument(0))
database.exec('BEGIN IMMEDIATE')
await untilTold()
await setTimeout(100)
database.close()
process.disconnect()
