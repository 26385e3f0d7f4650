/** Preloaded: standard output passes for a file. If it is a pipe that nobody reads, its file system hangs. */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const { fstatSync } = fs
const asFile = (fd: number) => {
  const stats = fstatSync(fd)
  if (fd === 1) stats.isFile = () => true
  return stats
}
Object.assign(fs, { fstatSync: asFile })
syncBuiltinESMExports()
// Node's own stream would make the pipe fail with EAGAIN. A worker makes the process have one.
Object.defineProperty(process, 'stdout', { value: process.stderr })
