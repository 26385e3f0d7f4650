import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { createCa, freePort } from '@mtls-gateway/test-kit'
import { runWhenIdle } from '../machine/cores.ts'
import type { BenchTarget } from '../target/bench-target.ts'

/** A target that answers as nginx would not, in a process of its own. */
export interface HostileNodeTarget {
  readonly url: string
  readonly port: number
  stop(): void
}

/**
 * How it answers. `small records`: without end, in TLS records of one byte each. `early hints`: briefly, after 20 early
 * hints. `any address`: briefly, on every address of this machine. `end`: it closes each connection before TLS, also on
 * every address.
 */
export type HostileAnswer = 'small records' | 'early hints' | 'any address' | 'end'

export interface HostileTargetOrder {
  readonly answer: HostileAnswer
  /** PEM. */
  readonly identity: { readonly key: string; readonly cert: string }
  readonly port: number
}

const program = fileURLToPath(new URL('../../dist/fairness/hostile-node-target-process.js', import.meta.url))

/** Its certificate has as many names as fit in one that is accepted. */
export async function startLongHandshakes(): Promise<HostileNodeTarget & { readonly ca: string }> {
  const ca = await createCa()
  const names = Array.from({ length: 300 }, (_, n) => `host-${n}.a-rather-long-name-of-a-domain.example`)
  const { privateKey, certificate } = await ca.issue({ commonName: 'localhost', dnsNames: ['localhost', ...names] })
  return { ...(await start('any address', { key: privateKey, cert: certificate })), ca: ca.certificate }
}

/** @param target whose certificate it has */
export async function startHostileNodeTarget(
  answer: HostileAnswer,
  { identityFiles }: BenchTarget,
): Promise<HostileNodeTarget> {
  const [key = '', cert = ''] = await Promise.all(
    [identityFiles.key, identityFiles.certificate].map((file) => readFile(file, 'utf8')),
  )
  return start(answer, { key, cert })
}

async function start(answer: HostileAnswer, identity: HostileTargetOrder['identity']): Promise<HostileNodeTarget> {
  const port = await freePort()
  const child = fork(program)
  if (child.pid !== undefined) runWhenIdle(child.pid)
  child.send({ answer, identity, port } satisfies HostileTargetOrder)
  await once(child, 'message')
  return { url: `https://localhost:${port}`, port, stop: () => child.disconnect() }
}
