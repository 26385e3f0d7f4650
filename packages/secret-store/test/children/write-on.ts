import { openEmbeddedStore } from '../../src/index.ts'
import { numbered, writtenPaths } from '../numbered.ts'
import { argument, tell, untilTold } from './child.ts'

// Writes on until it is killed, and tells of each write that has succeeded.
const store = openEmbeddedStore({ directory: argument(0) })
await untilTold()
for (;;) {
  for (const path of writtenPaths) {
    const expected = (await store.get(path))?.version ?? 0
    tell({ path, version: await store.put(path, numbered(expected + 1), expected) })
    // Lets the message out before the next write.
    await new Promise(setImmediate)
  }
}
