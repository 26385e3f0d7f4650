import { constants, fstatSync, openSync } from 'node:fs'
import { Socket } from 'node:net'

const stdout = 1
/** Kept, because the descriptor would be closed with it. */
let unblocked: Socket | undefined

/**
 * A descriptor for standard output to which a write never waits for a reader: where there is no room, it fails with
 * EAGAIN. A write that waits would hold one of libuv's threads, or the process at its end, until somebody reads.
 */
export function openStandardOutput(): number {
  if (fstatSync(stdout).isFile()) return stdout
  try {
    // Opened anew, as the flag is shared with every process that was given the same pipe.
    return openSync(`/proc/self/fd/${stdout}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
  } catch {
    // A socket (journald), a pipe of another user, no /proc. Node sets the flag when it takes the descriptor over.
    if (unblocked === undefined) unblocked = new Socket({ fd: stdout, readable: false, writable: true }).unref()
    return stdout
  }
}
