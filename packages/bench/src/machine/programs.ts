import { spawnSync } from 'node:child_process'

/** A program that is not there, and how to get it. */
export class MissingProgram extends Error {
  override readonly name = 'MissingProgram'
}

/** Programs of the system by the Debian package that has them. */
const packages = {
  nginx: 'nginx',
  wrk: 'wrk',
  taskset: 'util-linux',
  setpriv: 'util-linux',
  chrt: 'util-linux',
  go: 'golang',
} as const

export type Program = keyof typeof packages

/** @throws MissingProgram */
export function requireProgram(program: Program): void {
  if (spawnSync(program, ['-v'], { stdio: 'ignore' }).error === undefined) return
  throw new MissingProgram(`there is no ${program} on the PATH: apt-get install ${packages[program]}`)
}
