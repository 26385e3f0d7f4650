import { describe, expect, it } from '@jest/globals'
import {
  type CertificateOutcome,
  createCertificates,
  createMappings,
  type Mapping,
  maxProbedUrls,
  type ProbedUrl,
  type ProbeRecord,
  parseMappingUrl,
  recordProbe,
  stageVersion,
  type TargetVerdict,
  targetVerdicts,
} from '../../src/index.ts'
import {
  certificateId,
  context,
  mappingId,
  newCertificate,
  newMapping,
  uploaded,
  version,
} from '../account-fixtures.ts'
import { after } from '../applying.ts'

const url = 'https://t.example/a'
const mapping = (number: number, changes: Partial<Mapping> = {}): Mapping => {
  const { id, name, serviceId, url: mapped, enable, certificateId } = newMapping(number, `m${number}`, 1, url)
  return { id, name, serviceId, url: mapped, enable, certificateId, revision: 1, ...changes }
}
const under = (pattern: string) => mapping(10, { url: parseMappingUrl(pattern) })
const found = (id: number, clientCertificate: CertificateOutcome, at = url): ProbedUrl => ({
  ...{ url: at, mappingId: mappingId(id), clientCertificate },
  ok: clientCertificate !== 'refused' && clientCertificate !== 'unknown',
})
const at = context().at
const probe = (...results: readonly ProbedUrl[]): ProbeRecord => ({ at, ok: results.every(({ ok }) => ok), results })

describe('what a probe says of the target of a mapping', () => {
  it.each<[TargetVerdict, string, ProbeRecord | undefined, Mapping]>([
    ['accepted', 'its target accepted the certificate', probe(found(10, 'accepted')), mapping(10)],
    ['accepted', 'its target asks for none', probe(found(10, 'not-asked')), mapping(10)],
    ['open', 'the answer was doubtful', probe(found(10, 'doubtful')), mapping(10)],
    ['failed', 'its target refused it', probe(found(10, 'refused')), mapping(10)],
    ['accepted', 'another one has its url', probe(found(10, 'accepted')), mapping(11)],
    [
      'accepted',
      'its url fails with the trust of another',
      probe(found(10, 'accepted'), found(11, 'unknown')),
      mapping(10),
    ],
    ['failed', 'its url fails with one of two trusts', probe(found(10, 'accepted'), found(11, 'unknown')), mapping(12)],
    ['open', 'it has another url by now', probe(found(10, 'accepted', 'https://t.example/b')), mapping(10)],
    ['open', 'it was made later', probe(found(10, 'accepted', 'https://t.example/b')), mapping(11)],
    ['open', 'nothing was probed', undefined, mapping(10)],
    ['accepted', 'a url under its pattern was named', probe(found(10, 'accepted')), under('https://t.example/*')],
    ['open', 'that is not under its pattern any more', probe(found(10, 'accepted')), under('https://u.example/*')],
    ['open', 'none under its pattern was named', probe(found(11, 'accepted')), under('https://t.example/*')],
  ])('is %s where %s', (verdict, _, record, asked) => {
    expect(targetVerdicts(record)(asked)).toBe(verdict)
  })

  it('is that of all where nothing of it was kept, but for those that are not called', () => {
    const whole = { at, revision: 1, ok: true }
    const asked = [mapping(10), mapping(10, { enable: false }), under('https://t.example/*')]
    for (const record of [whole, { ...whole, results: [], omitted: 3 }]) {
      expect(asked.map(targetVerdicts(record))).toEqual(['accepted', 'open', 'open'])
      expect(asked.map(targetVerdicts({ ...record, ok: false }))).toEqual(['failed', 'failed', 'failed'])
    }
  })

  it('is open where nothing of it was kept and it was changed since, or nobody knows', () => {
    const [changed, unchanged] = [mapping(10, { revision: 2 }), mapping(11)]
    for (const kept of [
      {},
      { results: [], omitted: 3 },
      { results: [found(12, 'accepted', 'https://t.example/b')], omitted: 3 },
    ]) {
      const record = { at, revision: 1, ok: true, ...kept }
      expect([changed, unchanged].map(targetVerdicts(record))).toEqual(['open', 'accepted'])
      const { revision: _, ...older } = record
      expect([changed, unchanged].map(targetVerdicts(older))).toEqual(['open', 'open'])
    }
    const refused = { at, revision: 1, ok: false }
    expect([changed, unchanged].map(targetVerdicts(refused))).toEqual(['open', 'failed'])
    expect(targetVerdicts({ at, ok: false })(unchanged)).toBe('failed')
    // A call that is known is that of its url, whatever else was changed.
    expect(targetVerdicts({ ...probe(found(10, 'accepted')), revision: 1 })(changed)).toBe('accepted')
  })

  it.each<[TargetVerdict, readonly CertificateOutcome[]]>([
    ['accepted', ['refused', 'doubtful']],
    ['open', Array.from({ length: maxProbedUrls }, () => 'doubtful')],
    ['failed', Array.from({ length: maxProbedUrls + 1 }, () => 'refused')],
  ])('is %s for what was omitted after all that is worse', (verdict, worse) => {
    const count = 2 * maxProbedUrls
    const numbers = Array.from({ length: count }, (_, index) => 10 + index)
    const outcomes = numbers.map((_, index) => worse[count - 1 - index] ?? 'accepted')
    const account = after(
      createCertificates(context(), [newCertificate(1, 'c1')]),
      createMappings(
        context('m'),
        numbers.map((id) => newMapping(id, `m${id}`, 1)),
      ),
      stageVersion(context('s'), certificateId(1), uploaded('next')),
      recordProbe(context('p'), certificateId(1), {
        ...{ versionId: version('next').versionId, revision: 3, ok: false },
        results: numbers.map((id, index) => found(id, outcomes[index] ?? 'unknown', `https://t.example/${id}`)),
      }),
    )
    const staged = account.certificates[0]?.staged
    const record = staged && 'probe' in staged ? staged.probe : undefined
    expect(record?.omitted).toBe(maxProbedUrls)
    const isKept = new Set(record?.results?.map(({ mappingId: id }) => id))
    const omitted = account.mappings.filter(({ id }) => !isKept.has(id))
    expect(new Set(omitted.map(targetVerdicts(record)))).toEqual(new Set([verdict]))
  })
})
