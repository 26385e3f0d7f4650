import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { withTools } from '@mtls-gateway/test-kit'
import { callOnce } from '../src/load/call-once.ts'
import { transfer } from '../src/load/transfer.ts'
import { runLoad } from '../src/load/wrk.ts'
import { smallCall } from '../src/subject.ts'
import { withSubjects } from '../src/subjects/start-subjects.ts'
import { startBenchTarget } from '../src/target/bench-target.ts'

const itWithPeers = withTools(it, 'nginx', 'wrk')

describe('a load on the gateway and its peers', () => {
  itWithPeers('is answered without an error, and each identity presents its own certificate', async () => {
    await using opened = new AsyncDisposableStack()
    const directory = await mkdtemp(join(tmpdir(), 'bench-test-'))
    opened.defer(() => rm(directory, { recursive: true }))
    const target = await startBenchTarget({ directory: join(directory, 'target'), log: true })
    const stopped = opened.adopt(target, (server) => server.stop())
    const steps = { expect: () => {}, next: () => {}, end: () => {} }
    const options = { directory, target, steps, identities: 3, peers: ['nginx', 'bare undici'] } as const
    const requests = await withSubjects(options, async ({ all }) => {
      let sum = 0
      for (const subject of all) {
        // At a rate: as many requests as go would have to be signed for each of them before.
        const load = { call: { ...smallCall, identities: 3 }, connections: 4, seconds: 1, perSecond: 200 }
        let answered = 0
        // Once, unless the machine has no processor for it.
        while (answered <= 20) {
          const { requests, errors } = await runLoad(subject, load, directory)
          expect({ of: subject.name, errors }).toEqual({ of: subject.name, errors: 0 })
          answered += requests
        }
        sum += answered
        await callOnce(subject, load.call)
        const upload = { ...smallCall, method: 'POST', path: 'sink', bodyBytes: 3_000_000 } as const
        expect((await transfer(subject, upload, 0, directory)).seconds).toBeGreaterThan(0)
      }
      return sum
    })
    await stopped.stop()

    const seen = (await readFile(target.logFile, 'utf8')).trim().split('\n')
    expect(seen.length).toBeGreaterThanOrEqual(requests)
    expect(seen.filter((line) => !/ \/(\d+)\/(?:small|sink) CN=client-\1 200$/.test(line))).toEqual([])
  })
})
