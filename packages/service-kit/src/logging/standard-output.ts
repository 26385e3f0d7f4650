import { constants, fstatSync, openSync } from 'node:fs'
import { Socket } from 'node:net'

/** Where lines are written to. */
export interface Output {
  readonly fd: number
  /** Whether a write may wait, as nothing makes a file fail with EAGAIN: for as long as its file system hangs. */
  readonly mayWait: boolean
}

const stdout = 1
/** Kept, because the descriptor would be closed with it. */
let unblocked: Socket | undefined

/**
 * Standard output, opened so that a write does not wait for a reader: where there is no room, it fails with EAGAIN. A
 * write that waits would hold one of libuv's threads, or the process at its end, until somebody reads.
 */
export function openStandardOutput(isFile = isStandardOutputFile()): Output {
  if (isFile) return { fd: stdout, mayWait: true }
  return { fd: openWithoutWaiting(), mayWait: false }
}

/** May wait for the file system, too. */
export function isStandardOutputFile(): boolean {
  return fstatSync(stdout).isFile()
}

function openWithoutWaiting(): number {
  try {
    // Opened anew, as the flag is shared with every process that was given the same pipe.
    return openSync(`/proc/self/fd/${stdout}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
  } catch {
    // A socket (journald), a pipe of another user, no /proc. Node sets the flag when it takes the descriptor over.
    if (unblocked === undefined) unblocked = new Socket({ fd: stdout, readable: false, writable: true }).unref()
    return stdout
  }
}
