import { cpSync } from 'node:fs'
import { createRequire, syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'

/*
 * Makes backups of DATA_DIR in a folder that somebody else may write to, too. Before the n-th step of the n-th backup,
 * each call that looks at a file or changes one, that other puts a folder of their own in the place of the unfinished
 * one: with all that is in it, and more. Ends after the backup that has no such step.
 */
const [dataDir = '', parent = ''] = process.argv.slice(2)
let [step, fatalStep, isSwapping] = [0, 0, false]

/** Takes anything: its arguments are passed on as they come. */
type Call = (this: unknown, ...parameters: unknown[]) => unknown

const fs: typeof import('node:fs') = createRequire(import.meta.url)('node:fs')
const { existsSync, renameSync, writeFileSync } = fs
const unfinished = () => join(parent, `${fatalStep}.unfinished`)

function swap(): void {
  if (!existsSync(unfinished())) return
  renameSync(unfinished(), join(parent, `${fatalStep}.away`))
  cpSync(join(parent, `${fatalStep}.away`), unfinished(), { recursive: true })
  for (const name of ['issuer.key', 'runtime.db']) writeFileSync(join(unfinished(), name), 'theirs')
}

const calls = ['openSync', 'existsSync', 'writeFileSync', 'mkdirSync', 'rmSync', 'renameSync', 'closeSync']
for (const name of calls) {
  const original: Call = Reflect.get(fs, name)
  const counting: Call = function (...parameters) {
    if (!isSwapping && ++step === fatalStep) {
      isSwapping = true
      swap()
      isSwapping = false
    }
    return original.apply(this, parameters)
  }
  Reflect.set(fs, name, counting)
}
syncBuiltinESMExports()

// Imported only now, so that its modules get the counting calls.
const { mtlsAdmin } = await import('../invocation.ts')

do {
  step = 0
  fatalStep += 1
  await mtlsAdmin(['backup', join(parent, String(fatalStep))], { DATA_DIR: dataDir })
} while (step >= fatalStep)
