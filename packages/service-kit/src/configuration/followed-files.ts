import { type StatsListener, unwatchFile, watchFile } from 'node:fs'

/**
 * Calls `reload` when one of the files has changed.
 * @param pollMs how often they are checked, and how long a change may take: a file may be half written, and several do
 *   not change at the same moment
 * @returns what ends it
 */
export function followFiles(files: readonly string[], reload: () => void, pollMs = 1_000): () => void {
  let pending: NodeJS.Timeout | undefined
  const changed: StatsListener = () => {
    clearTimeout(pending)
    pending = setTimeout(reload, pollMs)
  }
  // Polled, because events don't cross bind mounts, and miss the symlinks by which Kubernetes replaces files.
  for (const file of files) watchFile(file, { interval: pollMs, persistent: false }, changed)
  return () => {
    clearTimeout(pending)
    for (const file of files) unwatchFile(file, changed)
  }
}
