import { setTimeout } from 'node:timers/promises'
import type { Answer } from '@mtls-gateway/client'
import type { Propagation } from '@mtls-gateway/contract'
import { ProgressBar } from '@mtls-gateway/terminal'
import { CliFailure } from '../cli-failure.ts'
import type { Connection } from '../http/connection.ts'
import { ServiceProblem } from '../http/service-problem.ts'
import type { Output } from '../output.ts'
import { propagationLine, propagationShares } from '../views/propagation-text.ts'

const askAgainMs = 200

/** The version in use of a certificate, or what one of its mappings presents. Both by their ids. */
export interface Propagating {
  readonly certificateId: string
  readonly mapping?: string | undefined
}

export function propagationOf(
  { configApi }: Connection,
  { certificateId, mapping }: Propagating,
): Promise<Answer<Propagation>> {
  return configApi.getPropagation({
    certificateId,
    query: { mapping: mapping === undefined ? undefined : Number(mapping) },
  })
}

/**
 * Waits until every live forwarder presents it.
 * @throws CliFailure where that takes longer, ServiceProblem where it can't be known
 */
export async function waitForPropagation(
  connection: Connection,
  propagating: Propagating,
  { output, seconds }: { readonly output: Output; readonly seconds: number },
): Promise<Answer<Propagation>> {
  const deadline = performance.now() + seconds * 1_000
  const bar = new ProgressBar(output.stderr)
  try {
    for (;;) {
      const asked = await askOnce()
      if (asked?.body.complete) return asked
      const told = asked ? propagationLine(asked.body) : 'not known yet'
      if (performance.now() > deadline) throw late(seconds, told)
      bar.show(...propagationShares(asked?.body ?? { instances: [] }), told)
      await setTimeout(askAgainMs)
    }
  } finally {
    bar.clear()
  }

  /** Undefined while the services can not tell: for some seconds after a start of theirs. */
  async function askOnce(): Promise<Answer<Propagation> | undefined> {
    try {
      return await propagationOf(connection, propagating)
    } catch (error) {
      if (error instanceof ServiceProblem && error.answer.body.status === 503) return undefined
      throw error
    }
  }
}

function late(seconds: number, told: string): CliFailure {
  return new CliFailure(
    'refused',
    `It is in use, but not everywhere after ${seconds} s: ${told}. See that all forwarders reach the store, and wait again: mtls propagation CERTIFICATE --wait.`,
  )
}
