import { execFile } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { cores, pinned } from '../machine/cores.ts'
import { processUsage } from '../machine/process-usage.ts'
import type { Call, Subject } from '../subject.ts'

export interface TransferResult {
  readonly seconds: number
  readonly cpuMs: number
  /** Before the call, and the most that was seen during it. */
  readonly rssBeforeMiB: number
  readonly rssPeakMiB: number
}

const program = fileURLToPath(new URL('../../dist/load/transfer-process.js', import.meta.url))
const sampleEveryMs = 100

/** One large call. @throws Error if it is not answered with 200 and at least `answerBytes` */
export async function transfer(
  subject: Subject,
  call: Call,
  answerBytes: number,
  directory: string,
): Promise<TransferResult> {
  const file = join(directory, 'head')
  const [head = ''] = subject.requests({ ...call, closes: true }, 1)
  await writeFile(file, head)
  const before = processUsage(subject.pid)
  let peak = before.rssMiB
  const sampling = setInterval(() => {
    peak = Math.max(peak, processUsage(subject.pid).rssMiB)
  }, sampleEveryMs)
  try {
    const args = [program, new URL(subject.url).port, file, String(call.bodyBytes)]
    const { stdout } = await promisify(execFile)(...pinned(cores.load, process.execPath, args))
    const { seconds, status, bytes } = JSON.parse(stdout)
    if (status !== 200 || bytes < answerBytes) throw new Error(`${subject.name} answered ${status}, ${bytes} bytes`)
    const after = processUsage(subject.pid)
    const rssPeakMiB = Math.max(peak, after.rssMiB)
    return { seconds, cpuMs: after.cpuMs - before.cpuMs, rssBeforeMiB: before.rssMiB, rssPeakMiB }
  } finally {
    clearInterval(sampling)
    await rm(file)
  }
}
