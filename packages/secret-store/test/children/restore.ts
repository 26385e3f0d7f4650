import { isCodedError } from '@mtls-gateway/domain'
import { restoreInto } from '../embedded/foreign-backup.ts'
import { argument, tell, untilTold } from './child.ts'

await untilTold()
try {
  await restoreInto(argument(0))
  tell('restored')
} catch (error) {
  if (!isCodedError(error)) throw error
  tell(error.message)
}
process.disconnect()
