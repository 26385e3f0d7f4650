import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from '@mtls-gateway/test-kit'
import { runWhenIdle } from '../machine/cores.ts'
import type { BenchTarget } from '../target/bench-target.ts'

/** A target that answers without end, in TLS records of one byte each. */
export interface SmallRecordsTarget {
  readonly url: string
  readonly port: number
  stop(): void
}

export interface SmallRecordsOrder {
  /** PEM. */
  readonly identity: { readonly key: string; readonly cert: string }
  readonly port: number
}

const program = fileURLToPath(new URL('../../dist/fairness/small-records-process.js', import.meta.url))

/** @param target whose certificate it has */
export async function startSmallRecords({ identityFiles }: BenchTarget): Promise<SmallRecordsTarget> {
  const [key, cert] = await Promise.all(
    [identityFiles.key, identityFiles.certificate].map((file) => readFile(file, 'utf8')),
  )
  const port = await freePort()
  const child = fork(program)
  if (child.pid !== undefined) runWhenIdle(child.pid)
  child.send({ identity: { key: key ?? '', cert: cert ?? '' }, port } satisfies SmallRecordsOrder)
  await once(child, 'message')
  return { url: `https://localhost:${port}`, port, stop: () => child.disconnect() }
}
