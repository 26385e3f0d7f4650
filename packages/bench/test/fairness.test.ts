import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from '@jest/globals'
import { withTools } from '@mtls-gateway/test-kit'

const entry = fileURLToPath(new URL('../dist/bench.js', import.meta.url))
const itWithPeers = withTools(it, 'nginx', 'wrk', 'openssl')
/** Twice what a measurement takes on a slow machine. */
const timeoutMs = 240_000

/**
 * What the command prints, and what it says meanwhile. Its exit code depends on bounds that a busy machine does not
 * meet.
 * @throws Error with its complaints, if it prints nothing
 */
function fairness(...args: string[]): Promise<{ readonly output: string; readonly progress: string }> {
  const { PATH } = process.env
  const options = { env: { PATH, BENCH_BESIDE_OTHERS: '1' } }
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [entry, '--only', 'fairness', '--wait', '0', ...args],
      options,
      (_, output, complaints) =>
        output === '' ? reject(new Error(complaints)) : resolve({ output, progress: complaints }),
    )
  })
}

describe('npm run bench -- --only fairness', () => {
  itWithPeers(
    'attacks a pool, and tells what another tenant noticed',
    async () => {
      const measure = async (seconds: string) => {
        const args = ['--pools', 'forward-calls', '--rounds', '1', '--seconds', seconds, '--json']
        const { output, progress } = await fairness(...args)
        const { shares, verdicts } = JSON.parse(output)
        const [{ samples, attacker }] = shares
        return { shares, verdicts, attacker, progress, fewest: Math.min(samples.calm, samples.attacked) }
      }
      const short = await measure('1')
      // Longer, if the machine had no processor for it.
      const { shares, verdicts, attacker, progress, fewest } = short.fewest > 20 ? short : await measure('5')

      expect(shares).toMatchObject([{ pool: 'forward-calls of forwarder-api', failures: 0 }])
      expect(fewest).toBeGreaterThan(20)
      // All but what its targets leave.
      expect(attacker.inUse).toBeGreaterThanOrEqual(150)
      expect(verdicts.map(({ bound }: { bound: number }) => bound)).toEqual([2, 100, 0])
      // Without a terminal, a line for each step.
      const steps = ['wait until the machine is quiet', ...['start a gateway', 'calm', 'attacked']]
      expect(
        progress
          .trimEnd()
          .split('\n')
          .filter((line) => !line.endsWith(' so far')),
      ).toEqual(steps.map((step, n) => expect.stringMatching(new RegExp(`^\\[${n + 1}/\\d\\] .*${step}.* s$`))))
    },
    timeoutMs,
  )
})
