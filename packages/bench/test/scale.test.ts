import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import { withTools } from '@mtls-gateway/test-kit'

const entry = fileURLToPath(new URL('../dist/scale.js', import.meta.url))
const small = ['--accounts', '3', '--certificates', '6', '--mappings', '30', '--minutes', '2']
const itWithVault = withTools(it, 'OpenBao')

function scale(...args: string[]) {
  return promisify(execFile)(process.execPath, [entry, ...args], { env: { BENCH_BESIDE_OTHERS: '1' } })
}

describe('npm run scale', () => {
  it('fills a gateway on the embedded store and prints a table', async () => {
    const { stdout, stderr } = await scale(...small, '--store', 'embedded')

    expect(stdout).toMatch(/^embedded: 3 accounts, 6 certificates, 30 mappings$/m)
    expect(stdout).toMatch(/^forwarder, resident with 6 hot identities +\d+ MiB$/m)
    // Without a terminal, lines.
    expect(stderr.trimEnd().split('\n').at(-1)).toBe('100 %  6 of 6 identities called')
  })

  itWithVault(
    'counts on a real Vault the reads of a cold call, 4 in 3 round trips once the process has the MAC keys of app keys',
    async () => {
      const { stdout } = await scale(...small, '--store', 'vault', '--json')

      const measured = JSON.parse(stdout)
      expect(measured).toMatchObject({
        store: 'vault',
        large: { certificates: 3, mappings: 15 },
        hot: { identities: 6 },
      })
      // The first call of the process is the first with its app key, so the MAC key is read, too (decision 19).
      expect(measured.coldCall.reads).toEqual({ reads: 5, roundTrips: 4 })
      expect(measured.coldCallOfLarge.reads).toEqual({ reads: 4, roundTrips: 3 })
    },
  )

  it.each([
    [['--accounts', '0'], /--accounts takes a whole number from 1/],
    [['--accounts', '9', '--certificates', '8'], /at least a certificate for each account/],
    [['--store', 'redis'], /--store takes vault or embedded/],
  ])('ends with 1 and says what is wrong with %j', async (args, message) => {
    await expect(scale(...args)).rejects.toMatchObject({ code: 1, stderr: expect.stringMatching(message) })
  })
})
