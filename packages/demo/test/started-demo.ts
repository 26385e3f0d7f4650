import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterEach } from '@jest/globals'
import { compileCache } from '@mtls-gateway/test-kit'
import { freePorts } from '../src/ports.ts'
import { repositoryRoot } from '../src/repository.ts'

const script = (name: 'start' | 'call') => join(repositoryRoot, 'packages/demo/dist', `${name}.js`)

const running = new Set<ChildProcess>()
afterEach(async () => {
  for (const child of running) {
    child.kill('SIGTERM')
    await once(child, 'close')
  }
})

export interface StartedDemo {
  readonly child: ChildProcess
  readonly stdout: string
  readonly stderr: string
  /** Resolves with the exit code once the demo, and whatever it had started, has let go of its output. */
  readonly ended: Promise<number | null>
  /** Resolves once `text` is on stdout; rejects if the demo ends without it. */
  printed(text: string): Promise<void>
}

/** `npm start` without its build, on free ports unless `env` has others. */
export function startDemo(args: readonly string[], env: NodeJS.ProcessEnv): StartedDemo {
  return follow(
    spawn(process.execPath, [script('start'), ...args], { env: { ...compileCache(), ...freePorts, ...env } }),
  )
}

/** As npm runs a script: below a shell that keeps signals to itself. */
export function startDemoBelowShell(env: NodeJS.ProcessEnv): StartedDemo {
  const command = `"${process.execPath}" "${script('start')}"; exit $?`
  return follow(
    spawn('sh', ['-c', command], { env: { ...compileCache(), ...freePorts, npm_lifecycle_event: 'start', ...env } }),
  )
}

/** `npm run call`. */
export function runCall(args: readonly string[], env: NodeJS.ProcessEnv) {
  return new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [script('call'), ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : error.code, stdout, stderr }),
    )
  })
}

function follow(child: ChildProcess): StartedDemo {
  const text = { stdout: '', stderr: '' }
  running.add(child)
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (chunk: string) => {
      text[name] += chunk
    })
  }
  const ended = once(child, 'close').then(([code]: unknown[]) => {
    running.delete(child)
    return code as number | null
  })
  const printed = async (wanted: string) => {
    const end = ended.then(() => 'ended')
    while (!text.stdout.includes(wanted)) {
      const next = await Promise.race([once(child.stdout ?? child, 'data'), end])
      if (next === 'ended' && !text.stdout.includes(wanted)) throw new Error(`${text.stdout}\n${text.stderr}`)
    }
  }
  return {
    child,
    ended,
    printed,
    get stdout() {
      return text.stdout
    },
    get stderr() {
      return text.stderr
    },
  }
}
