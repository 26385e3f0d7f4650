import type { ChildProcess } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'

const patienceMs = 1_000

/** SIGSTOP, which threads take one after the other: returns when all have, so that nothing is answered any more. */
export function pauseProcess(child: ChildProcess): void {
  child.kill('SIGSTOP')
  const deadline = performance.now() + patienceMs
  while (performance.now() < deadline && !isStopped(child.pid)) {
    // A few microseconds on Linux; elsewhere there is nothing to look at.
  }
}

function isStopped(pid: number | undefined): boolean {
  const tasks = `/proc/${pid}/task`
  if (!existsSync(tasks)) return true
  return readdirSync(tasks).every((id) => /\) T /.test(readState(`${tasks}/${id}/stat`)))
}

/** proc(5): the state stands behind the name in brackets. A thread that has just ended counts as stopped. */
function readState(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ') T '
  }
}
