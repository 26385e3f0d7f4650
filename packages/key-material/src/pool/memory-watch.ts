import { readFile } from 'node:fs/promises'

const intervalMs = 100

/**
 * Calls back once if a process has more than `maxBytes` resident. Only Linux reports that (proc(5)); on other platforms
 * there are only the child's heap limit and the parsers' limits.
 */
export function watchRss(pid: number, maxBytes: number, onExceeded: () => void): { stop(): void } {
  const timer = setInterval(async () => {
    if ((await residentBytes(pid)) <= maxBytes) return
    clearInterval(timer)
    onExceeded()
  }, intervalMs)
  return { stop: () => clearInterval(timer) }
}

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'latin1').catch(() => '')
  return 1024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0)
}
