import { createRequire, syncBuiltinESMExports } from 'node:module'
import { StatementSync } from 'node:sqlite'
import { argument, tell, untilTold } from './child.ts'

/*
 * Ends by SIGKILL before the n-th step of opening a store and writing to it: each statement that may write, and each
 * call that changes a file. Does `put`, `purge`, `rotate` or `restore`, and tells how it went if it comes to its end.
 */
const [directory, what, fatalStep] = [argument(0), argument(1), Number(argument(2))]
let step = 0
function count(): void {
  step += 1
  if (step === fatalStep) process.kill(process.pid, 'SIGKILL')
}

/** Takes anything: its arguments are passed on as they come. */
type Call = (this: unknown, ...parameters: unknown[]) => unknown

function countCalls(target: object, name: string): void {
  const original: Call = Reflect.get(target, name)
  const counting: Call = function (...parameters) {
    count()
    return original.apply(this, parameters)
  }
  Reflect.set(target, name, counting)
}

countCalls(StatementSync.prototype, 'run')
const fs: object = createRequire(import.meta.url)('node:fs')
const calls = [
  ...['writeFileSync', 'linkSync', 'renameSync', 'rmSync', 'rmdirSync', 'writeSync', 'fdatasyncSync', 'mkdtempSync'],
]
for (const name of calls) countCalls(fs, name)
syncBuiltinESMExports()

// Imported only now, so that its modules get the counting calls.
const { openEmbeddedStore, rotateMasterKey } = await import('../../src/index.ts')
const { restoreInto } = await import('../embedded/foreign-backup.ts')
const { numbered, writtenPath } = await import('../numbered.ts')

await untilTold()
if (what === 'rotate') rotateMasterKey({ directory })
else if (what === 'restore') await restoreInto(directory)
else await write()
tell('done')
process.disconnect()

async function write(): Promise<void> {
  const store = openEmbeddedStore({ directory })
  const version = (await store.get(writtenPath))?.version ?? 0
  if (what === 'put') await store.put(writtenPath, numbered(version + 1), version)
  else await store.purge(writtenPath)
  await store.close()
}
