import { dirname, join } from 'node:path'

/**
 * Node's flags for a process that handles untrusted input. It can read only its own code (neither the service's files
 * nor its parent's `/proc`), cannot write files or start processes, and no signal opens its inspector.
 *
 * @param worker absolute path of its script
 */
export function workerFlags(worker: string): string[] {
  return ['--disable-sigusr1', '--permission', ...codeOf(worker).map((path) => `--allow-fs-read=${path}`)]
}

/** The script's folder, and what Node reads above it to find imports; links in `node_modules` lead to workspaces. */
function codeOf(worker: string): string[] {
  const code = [dirname(worker)]
  for (let folder = dirname(worker); dirname(folder) !== folder; folder = dirname(folder)) {
    code.push(...['package.json', 'node_modules', 'packages'].map((name) => join(dirname(folder), name)))
  }
  return code
}
