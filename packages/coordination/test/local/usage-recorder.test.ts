import { afterEach, describe, expect, it } from '@jest/globals'
import { type CertificateId, parseAccountId } from '@mtls-gateway/domain'
import { type SubjectUsage, type Usage, type UsageEntry, UsageRecorder } from '../../src/index.ts'

const acme = parseAccountId('acme')
const globex = parseAccountId('globex')
const certificate = (id: number) => id as CertificateId

/** A backend that can be down. */
class Backend implements Usage {
  readonly recorded: (readonly UsageEntry[])[] = []
  available = true

  async record(entries: readonly UsageEntry[]): Promise<void> {
    if (!this.available) throw new Error('away')
    this.recorded.push(entries)
  }

  async of(): Promise<ReadonlyMap<string, SubjectUsage>> {
    return new Map()
  }
}

describe('what is counted', () => {
  let recorder: UsageRecorder
  const begin = (options: { everyMs?: number } = {}) => {
    const backend = new Backend()
    recorder = new UsageRecorder({ usage: backend, everyMs: 3_600_000, ...options })
    return backend
  }

  afterEach(() => recorder.close())

  it('is recorded in sum, by account and subject, with the last time', async () => {
    const backend = begin()
    for (const at of [10, 30, 20]) recorder.countCertificate(acme, certificate(1), at)
    recorder.countAppKey(acme, 'acme.k', 5)
    recorder.countCertificate(globex, certificate(1), 7)
    await recorder.close()
    expect(backend.recorded).toEqual([
      [
        { account: acme, subject: 'certificate:1', calls: 3, at: 30 },
        { account: acme, subject: 'app-key:acme.k', calls: 1, at: 5 },
        { account: globex, subject: 'certificate:1', calls: 1, at: 7 },
      ],
    ])
  })

  it('is recorded every few seconds, once', async () => {
    const backend = begin({ everyMs: 5 })
    recorder.countCertificate(acme, certificate(1), 1)
    while (backend.recorded.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    await recorder.close()
    expect(backend.recorded).toEqual([[{ account: acme, subject: 'certificate:1', calls: 1, at: 1 }]])
  })

  it('while the backend is away is recorded later, with what came since', async () => {
    const backend = begin()
    backend.available = false
    recorder.countCertificate(acme, certificate(1), 1)
    await recorder.close()
    backend.available = true
    recorder.countCertificate(acme, certificate(1), 2)
    await recorder.close()
    expect(backend.recorded).toEqual([[{ account: acme, subject: 'certificate:1', calls: 2, at: 2 }]])
  })

  it('has a limit of subjects', async () => {
    const backend = begin()
    countFrom(1, 100_001)
    recorder.countCertificate(acme, certificate(1))
    await recorder.close()
    const [first, ...others] = backend.recorded[0] ?? []
    expect(first).toMatchObject({ subject: 'certificate:1', calls: 2 })
    expect(others.map(({ subject }) => subject)).toEqual(others.map((_, at) => `certificate:${at + 2}`))
    expect(others).toHaveLength(99_999)
  })

  it('is recorded no more once it is no longer used, and makes room for others', async () => {
    const backend = begin()
    countFrom(1, 100_000)
    await recorder.close()
    for (const first of [100_001, 1]) {
      countFrom(first, first)
      await recorder.close()
    }
    countFrom(100_002, 100_002)
    await recorder.close()
    expect(backend.recorded.slice(1).map((entries) => entries.map(({ subject }) => subject))).toEqual([
      ['certificate:1'],
      ['certificate:100002'],
    ])
  })

  function countFrom(first: number, last: number): void {
    for (let id = first; id <= last; id++) recorder.countCertificate(acme, certificate(id))
  }
})
