import { isStoreError, openEmbeddedStore } from '../../src/index.ts'
import { numbered, writtenPath } from '../numbered.ts'
import { argument, tell, untilTold } from './child.ts'

// Runs under a limit for the size of files: writes until one fails, then tells how it failed and what is still read.
const store = openEmbeddedStore({ directory: argument(0) })
await untilTold()
let version = 0
for (;;) {
  try {
    version = await store.put(writtenPath, numbered(version + 1), version)
  } catch (error) {
    const found = await store.get(writtenPath)
    tell({ version, readVersion: found?.version, reason: isStoreError(error) ? error.reason : String(error) })
    break
  }
}
process.disconnect()
