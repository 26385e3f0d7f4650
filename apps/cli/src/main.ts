import { readFileSync } from 'node:fs'
import { Inputs } from './input/inputs.ts'
import { Output } from './output.ts'
import { run } from './run.ts'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
const { env: environment, stdin, stdout, stderr } = process

// `mtls ... | head` has read enough.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

const context = {
  environment,
  inputs: new Inputs({ stdin, stderr }),
  output: new Output({ stdout, stderr, environment }),
  heard: {},
  build: { version, commit: builtOf() },
}
process.exitCode = await run(process.argv.slice(2), context)

/** The build writes it beside its bundles (infra/build-commit.mjs). */
function builtOf(): string {
  try {
    return readFileSync(new URL('commit', import.meta.url), 'utf8').trim() || 'unknown'
  } catch {
    return 'unknown'
  }
}
