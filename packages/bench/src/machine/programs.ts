import { spawnSync } from 'node:child_process'

/** Programs of the system by the Debian package that has them. */
const packages = {
  nginx: 'nginx',
  wrk: 'wrk',
  taskset: 'util-linux',
  setpriv: 'util-linux',
  chrt: 'util-linux',
} as const

/** @throws Error that says how to get it */
export function requireProgram(program: keyof typeof packages): void {
  if (spawnSync(program, ['-v'], { stdio: 'ignore' }).error === undefined) return
  throw new Error(`there is no ${program} on the PATH: apt-get install ${packages[program]}`)
}
