import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from '@mtls-gateway/test-kit'
import { runWhenIdle } from '../machine/cores.ts'
import type { BenchTarget } from '../target/bench-target.ts'

/** A target that answers as nginx would not, in a process of its own. */
export interface HostileNodeTarget {
  readonly url: string
  readonly port: number
  stop(): void
}

/** Without end, in TLS records of one byte each; or shortly, after 20 early hints. */
export type HostileAnswer = 'small records' | 'early hints'

export interface HostileTargetOrder {
  readonly answer: HostileAnswer
  /** PEM. */
  readonly identity: { readonly key: string; readonly cert: string }
  readonly port: number
}

const program = fileURLToPath(new URL('../../dist/fairness/hostile-node-target-process.js', import.meta.url))

/** @param target whose certificate it has */
export async function startHostileNodeTarget(
  answer: HostileAnswer,
  { identityFiles }: BenchTarget,
): Promise<HostileNodeTarget> {
  const [key, cert] = await Promise.all(
    [identityFiles.key, identityFiles.certificate].map((file) => readFile(file, 'utf8')),
  )
  const port = await freePort()
  const child = fork(program)
  if (child.pid !== undefined) runWhenIdle(child.pid)
  child.send({ answer, identity: { key: key ?? '', cert: cert ?? '' }, port } satisfies HostileTargetOrder)
  await once(child, 'message')
  return { url: `https://localhost:${port}`, port, stop: () => child.disconnect() }
}
