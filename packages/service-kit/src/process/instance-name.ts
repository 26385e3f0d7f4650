import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'

/** Long enough for the name of a pod, and too short for a line of a log. */
const maxLength = 63

/**
 * How a process is called in its log and in propagation: by its host (in Kubernetes that is its pod), so that an
 * operator finds it, and by something random, because a host may run it again, or several of it.
 */
export function newInstanceName(name = hostname()): string {
  const readable = name.replace(/[^\w.-]/g, '-').slice(0, maxLength)
  return `${readable || 'unnamed'}-${randomBytes(3).toString('hex')}`
}
