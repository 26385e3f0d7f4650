import { dirname, join } from 'node:path'

/**
 * Node's permission model stops files, processes, threads, addons and the inspector, but not what these two reach:
 * `node:sqlite` opens, writes and creates any file by `ATTACH` and `VACUUM INTO`, and V8's own flags
 * (`v8.setFlagsFromString('--redirect-code-traces-to=…')`) name files that V8 writes. With frozen flags, an attempt to
 * change one ends the process.
 */
const restrictions = ['--permission', '--no-experimental-sqlite', '--freeze-flags-after-init']

/**
 * Node's flags for a process that handles untrusted input. It can read only its own code (neither the service's files
 * nor its parent's `/proc`), cannot write files or start processes, and no signal opens its inspector.
 * test/confinement.test.ts tries every built-in module.
 *
 * @param worker absolute path of its script
 */
export function workerFlags(worker: string): string[] {
  return ['--disable-sigusr1', ...restrictions, ...codeOf(worker).map((path) => `--allow-fs-read=${path}`)]
}

/**
 * A bundle has all its code in one folder, this file's as well. Sources also need what Node reads above them to find
 * imports. A bundle must not get that: links in `node_modules` lead to the app's folder, and so to its `.data`.
 */
function codeOf(worker: string): string[] {
  const code = [dirname(worker)]
  if (import.meta.dirname === dirname(worker)) return code
  for (let folder = dirname(worker); dirname(folder) !== folder; folder = dirname(folder)) {
    code.push(...['package.json', 'node_modules', 'packages'].map((name) => join(dirname(folder), name)))
  }
  return code
}
