/**
 * turbo without its banner and its telemetry: node infra/turbo.mjs build --filter=@mtls-gateway/cli
 * Nothing goes to stdout, so that a command that builds first prints its answer alone. On a terminal one line shows
 * what has been built; otherwise a build that takes long writes a line every ten seconds. What a task that fails had to
 * say is shown at the end.
 */
import './check-node.mjs'
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { writeCommit } from './build-commit.mjs'

const [task, ...options] = process.argv.slice(2)
const quiet = { TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1', DO_NOT_TRACK: '1' }
/**
 * `@mtls-gateway/cli:build: cache miss, executing 0f1e...`: grouped, as here, it is printed when the task has ended.
 */
const taskLine = /^(?:@mtls-gateway\/)?(\S+?):[\w-]+: cache (hit|miss|bypass)/
const clearLine = '\r\u001b[K'
const doing = task === 'build' ? 'Building' : `Running ${task}`

const words = ['run', task, '--output-logs=new-only', '--log-order=grouped', '--log-prefix=task', ...options]
const turbo = spawn(turboProgram(), words, { env: { ...process.env, ...quiet }, stdio: ['ignore', 'pipe', 'pipe'] })
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => turbo.kill(signal))
const progress = showProgress()
const written = []
for (const stream of [turbo.stdout, turbo.stderr]) {
  createInterface({ input: stream }).on('line', (line) => {
    written.push(line)
    const [, name, cache] = taskLine.exec(line) ?? []
    if (name !== undefined) progress.ended(name, cache !== 'hit')
  })
}
turbo.on('error', (error) => {
  console.error(`turbo does not start: ${error.message}`)
})
turbo.on('close', (code) => {
  progress.clear()
  if (code !== 0) console.error(ofFailures(written).join('\n'))
  else if (task === 'build' && !options.includes('--dry'))
    writeCommit(join(import.meta.dirname, '..'), options, process.env)
  process.exitCode = code ?? 1
})

/** turbo's own program: its script would install what is missing. */
function turboProgram() {
  const system = process.platform === 'win32' ? 'windows' : process.platform
  const machine = process.arch === 'x64' ? '64' : process.arch
  try {
    const fromTurbo = createRequire(createRequire(import.meta.url).resolve('turbo/package.json'))
    return fromTurbo.resolve(`@turbo/${system}-${machine}/bin/turbo${system === 'windows' ? '.exe' : ''}`)
  } catch {
    console.error('What builds the gateway is not installed. Run npm ci, without --omit=optional or --omit=dev.')
    process.exit(1)
  }
}

/** From the first second on, as what is cached takes less; without a terminal, only what is not cached. */
function showProgress() {
  const { stderr } = process
  const start = performance.now()
  let ended = 0
  let latest = ''
  const draw = () => {
    const seconds = Math.round((performance.now() - start) / 1_000)
    const text = `${doing} ... ${seconds} s${ended === 0 ? '' : `, ${ended} done, the last one ${latest}`}`
    stderr.write(stderr.isTTY ? clearLine + text.slice(0, stderr.columns - 1) : `${text}\n`)
  }
  const everyMs = stderr.isTTY ? 1_000 : 10_000
  let drawing = setInterval(draw, everyMs)
  return {
    ended: (name, isBuilt) => {
      ended += 1
      latest = name
      if (stderr.isTTY || !isBuilt) return
      clearInterval(drawing)
      draw()
      drawing = setInterval(draw, everyMs)
    },
    clear: () => {
      clearInterval(drawing)
      if (stderr.isTTY) stderr.write(clearLine)
    },
  }
}

/** The lines of the tasks that failed; all lines where turbo names none. */
function ofFailures(lines) {
  const names = lines.flatMap((line) => /^\s*Failed:\s+(.*)$/.exec(line)?.[1].split(/,\s*/) ?? [])
  const prefixes = names.map((name) => `${name.trim().replace('#', ':')}: `)
  const theirs = lines.filter((line) => prefixes.some((prefix) => line.startsWith(prefix)) && !taskLine.test(line))
  return theirs.length === 0 ? lines : theirs
}
