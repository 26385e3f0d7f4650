import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from '@jest/globals'
import { withTools } from '@mtls-gateway/test-kit'

const entry = fileURLToPath(new URL('../dist/bench.js', import.meta.url))
const itWithPeers = withTools(it, 'nginx', 'wrk', 'openssl')
/** Twice what it takes on a slow machine. */
const timeoutMs = 240_000

describe('npm run bench -- --only storm', () => {
  itWithPeers(
    'makes all plans due at once, and tells what others noticed',
    async () => {
      const args = [
        '--only',
        'storm',
        '--certificates',
        '20',
        '--seconds',
        '1',
        '--rounds',
        '1',
        '--wait',
        '0',
        '--json',
      ]
      const options = { env: { PATH: process.env.PATH, BENCH_BESIDE_OTHERS: '1' } }
      // Its exit code depends on bounds that a busy machine does not meet.
      const output = await new Promise<string>((resolve, reject) => {
        execFile(process.execPath, [entry, ...args], options, (_, stdout, stderr) =>
          stdout === '' ? reject(new Error(stderr)) : resolve(stdout),
        )
      })

      const { verdicts } = JSON.parse(output)
      const figuresOf = (ending: string) =>
        verdicts.flatMap(({ what, figure }: { what: string; figure: number }) => (what.endsWith(ending) ? figure : []))
      expect(figuresOf('in the storm, of that in calm')).toHaveLength(12)
      expect(figuresOf('refused and failed operations')).toEqual([0, 0])
      expect(figuresOf('cores that config-api takes at rest')).toHaveLength(2)
    },
    timeoutMs,
  )
})
