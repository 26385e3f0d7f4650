import { usesColour } from '@mtls-gateway/terminal'
import { ArgumentError } from './argument-error.ts'
import { runDemo } from './demo.ts'
import { builtEntries } from './repository.ts'
import { parseStartArguments, startUsage } from './start-arguments.ts'
import { Terminal } from './terminal.ts'

/** The exit code. */
async function start(args: readonly string[]): Promise<number> {
  const { once, json, help } = parseStartArguments(args)
  if (help) {
    process.stdout.write(startUsage)
    return 0
  }
  const interruption = new AbortController()
  const interrupt = () => interruption.abort()
  // Listened for to the end: npm passes on the SIGINT that the terminal has already sent to every process.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt)
  // The reader of a pipe has gone (`npm start | head`).
  for (const stream of [process.stdout, process.stderr]) stream.on('error', interrupt)
  interruptOrphan(interrupt)
  const terminal = new Terminal({
    json,
    colour: usesColour(process.stdout, process.env),
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
  })
  const { signal: interrupted } = interruption
  return (await runDemo({ once, environment: process.env, entries: builtEntries, terminal, interrupted })) ? 0 : 1
}

/** npm passes a SIGTERM on to its shell, and the shell to nobody: what then tells of it is another parent. */
function interruptOrphan(interrupt: () => void): void {
  if (process.env.npm_lifecycle_event === undefined) return
  const parent = process.ppid
  const look = () => process.ppid !== parent && interrupt()
  setInterval(look, 500).unref()
}

try {
  process.exitCode = await start(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof ArgumentError)) throw error
  console.error(`${error.message}\n\n${startUsage}`)
  process.exitCode = 2
}
