import { restoreInto } from '../embedded/foreign-backup.ts'
import { argument, tell, untilTold } from './child.ts'

await untilTold()
try {
  await restoreInto(argument(0))
  tell('restored')
} catch (error) {
  tell(String(error))
}
process.disconnect()
