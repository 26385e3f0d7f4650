import type { Upstream } from './upstream.ts'

export interface UpstreamPoolCounts {
  readonly connections: number
  readonly running: number
  readonly queued: number
}

/** An upstream with its connections, for whoever keeps it. One implementation for each version of HTTP. */
export interface UpstreamPool extends Upstream {
  /** Takes no more requests; resolves when the last one has ended. */
  close(): Promise<void>
  /** Ends every exchange at once; they fail with the error. */
  destroy(error: Error): Promise<void>
  /** Closes the connection that has been idle for longest. @returns whether there was one */
  closeIdle(): boolean
  counts(): UpstreamPoolCounts
}

/** @param origin `https://host` or `https://host:port` */
export type OpenUpstreamPool = (origin: string) => UpstreamPool
