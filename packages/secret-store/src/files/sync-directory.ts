import { closeSync, fsyncSync, openSync } from 'node:fs'

/** Otherwise a power failure could take away a name that is already relied on. Windows has no such call. */
export function syncDirectory(path: string): void {
  if (process.platform === 'win32') return
  const directory = openSync(path, 'r')
  try {
    fsyncSync(directory)
  } finally {
    closeSync(directory)
  }
}
