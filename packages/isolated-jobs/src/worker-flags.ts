import { dirname, join } from 'node:path'

/**
 * Node's flags for a process that works on what somebody else sent: it may read its own code and nothing else (no file
 * of the service's, no `/proc` of its parent), it may neither write nor start anything, and no signal opens its
 * inspector.
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
