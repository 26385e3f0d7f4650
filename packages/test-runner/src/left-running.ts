import { setTimeout } from 'node:timers/promises'

/** What keeps a process alive, by Node's names. Sockets are not listed: they end when the other side's end arrives. */
const lasting = ['TCPServerWrap', 'PipeServerWrap', 'ProcessWrap', 'Timeout', 'FSEventWrap', 'StatWatcher', 'Worker']
/** Time for what is already ending. */
const patienceMs = 5_000

/** Servers, processes and timers that outlive what started them. */
export class LeftRunning {
  readonly #before = running()

  /** What has appeared since this was made, as `2 TCPServerWrap`; waits a while for it to end. */
  async found(): Promise<readonly string[]> {
    const deadline = performance.now() + patienceMs
    for (;;) {
      const now = running()
      const left = lasting.map((name) => [now(name) - this.#before(name), name] as const).filter(([count]) => count > 0)
      if (left.length === 0 || performance.now() > deadline) return left.map((each) => each.join(' '))
      await setTimeout(20, undefined, { ref: false })
    }
  }
}

function running(): (name: string) => number {
  const resources = process.getActiveResourcesInfo()
  return (name) => resources.filter((resource) => resource === name).length
}
