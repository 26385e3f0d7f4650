import { expect, it } from '@jest/globals'
import { parseRecordId } from '@mtls-gateway/domain'
import { viewStaged } from '../../../src/certificates/versions/version-view.ts'

it('a staged version that was probed before results were kept has none', () => {
  const at = '2026-11-01T00:00:00.000Z'
  const [versionId, keyId] = [parseRecordId('version'), parseRecordId('key')]
  const facts = { fingerprintSha256: '00', notAfter: '2030-01-01T00:00:00.000Z', createdAt: at }
  const staged = { versionId, keyId, ...facts, probe: { at, ok: true } }
  const { lastProbe } = viewStaged(staged, { hasKey: () => true, now: Date.parse(at) })
  expect(lastProbe).toEqual({ at, ok: true, results: [], omitted: 0 })
})
