import { spawnSync } from 'node:child_process'

/** The subject has a core of its own; what loads it and what it calls share another one. */
export const cores = { subject: '0', load: '1', all: '0,1' } as const

export type Cores = (typeof cores)[keyof typeof cores]

/** The command that runs a program on these cores only, and no longer than this process lives. */
export function pinned(core: Cores, command: string, args: readonly string[]): [command: string, args: string[]] {
  return ['setpriv', ['--pdeathsig', 'TERM', 'taskset', '-c', core, command, ...args]]
}

/** Moves a running process, all its threads, to one core. @throws Error where the system does not do it */
export function pinProcess(pid: number, core: Cores): void {
  run('taskset', ['-a', '-p', '-c', core, String(pid)])
}

/**
 * Beside other work, what runs only in idle time would hardly run at all. Set by the bench's own tests, which look
 * at no figure.
 */
const isBesideOthers = process.env.BENCH_BESIDE_OTHERS !== undefined

/** Lets a process run only while nothing else wants its core: for what would be on another machine. */
export function runWhenIdle(pid: number): void {
  if (!isBesideOthers) run('chrt', ['-a', '-i', '-p', '0', String(pid)])
}

/** The same from its start. */
export function whenIdleOnly(command: string, args: readonly string[]): [command: string, ...args: string[]] {
  return isBesideOthers ? [command, ...args] : ['chrt', '-i', '0', command, ...args]
}

function run(command: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`)
}
