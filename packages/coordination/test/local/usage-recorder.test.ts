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
  const begin = (options: { everyMs?: number; maxSubjects?: number } = {}) => {
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
    const backend = begin({ maxSubjects: 2 })
    for (const id of [1, 2, 3, 1]) recorder.countCertificate(acme, certificate(id), id)
    await recorder.close()
    expect(backend.recorded[0]?.map(({ subject, calls }) => [subject, calls])).toEqual([
      ['certificate:1', 2],
      ['certificate:2', 1],
    ])
  })

  it('is recorded no more once it is no longer used, and makes room for others', async () => {
    const backend = begin({ maxSubjects: 1 })
    const counted = [[1], [1, 2], [], [2]]
    for (const ids of counted) {
      for (const id of ids) recorder.countCertificate(acme, certificate(id), id)
      await recorder.close()
    }
    expect(backend.recorded.flat().map(({ subject, calls }) => [subject, calls])).toEqual([
      ['certificate:1', 1],
      ['certificate:1', 1],
      ['certificate:2', 1],
    ])
  })
})
