import { once } from 'node:events'
import { isStoreError, openEmbeddedStore, type StoreEvent } from '../../src/index.ts'
import { numbered, writtenPath } from '../numbered.ts'
import { argument, tell, untilTold } from './child.ts'

// Writes until the disk is full, tells what is seen then, and goes on when its parent has made room.
const events: StoreEvent[] = []
const store = openEmbeddedStore({ directory: argument(0), onEvent: (event) => events.push(event) })
const outcome = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error: unknown) => (isStoreError(error) ? error.reason : String(error)),
  )

await untilTold()
let version = 0
let failure = 'done'
for (; failure === 'done'; version++) failure = await outcome(store.put(writtenPath, numbered(version + 1), version))
version -= 1
const found = await store.get(writtenPath)
const check = await outcome(store.check())
tell({ version, failure, readVersion: found?.version, check, events: events.splice(0) })
await once(process, 'message')
tell({
  check: await outcome(store.check()),
  put: await outcome(store.put(writtenPath, numbered(version + 1), version)),
  events,
})
await store.close()
