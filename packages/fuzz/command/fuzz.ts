/** `npm run fuzz`: attacks each target for a while, in its own process. Exit code 1 if anything was found. */
import { Display, summary } from './display.ts'
import { type FuzzOptions, parseOptions, usage } from './options.ts'
import { replay } from './replay.ts'
import { TargetProcess } from './target-process.ts'

process.exitCode = await run()

async function run(): Promise<number> {
  let options: FuzzOptions
  try {
    options = parseOptions(process.argv.slice(2))
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`) // only errors are thrown there
    return 2
  }
  if (options.files.length > 0) return (await replay(options)).length > 0 ? 1 : 0
  return attack(options)
}

async function attack({ names, seconds, seed, json, grow }: FuzzOptions): Promise<number> {
  const targets = names.map((name) => new TargetProcess({ name, seconds, seed, grow }))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      for (const target of targets) target.kill()
      process.exit(130)
    })
  }
  const display = new Display(targets, seconds)
  await Promise.all(targets.map((target) => target.run()))
  display.stop()
  const results = targets.map(({ name, report }) => ({ name, ...report }))
  console.log(json ? JSON.stringify({ seed, seconds, results }, undefined, 2) : summary(targets, seconds, seed))
  return results.some(({ findings }) => findings.length > 0) ? 1 : 0
}
