import { describe, expect, it } from '@jest/globals'
import { createCa } from '@mtls-gateway/test-kit'
import { createTargetTrust, TargetGuard, UpstreamPools } from '../../src/index.ts'

describe('trust settings', () => {
  it.each(['', 'no PEM', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'])(
    'refuses "%s" as CAs',
    (pem) => {
      const unusable = expect.objectContaining({ code: 'TARGET_TRUST_UNUSABLE' })
      expect(() => createTargetTrust({ caCertificates: pem })).toThrow(unusable)
      const guard = new TargetGuard({ allowCidrs: [], ports: 'any' })
      expect(() => new UpstreamPools({ guard, extraCa: [pem] })).toThrow(unusable)
    },
  )

  it('refuse CAs of which one is damaged', async () => {
    const { certificate } = await createCa()
    const damaged = `${certificate}-----BEGIN CERTIFICATE-----\nMIIB\n`
    expect(() => createTargetTrust({ caCertificates: damaged })).toThrow('TARGET_TRUST_UNUSABLE')
  })

  it('have the same key for the same settings only', () => {
    const pins = ['sha256/a', 'sha256/b']
    const { key } = createTargetTrust({ spkiPins: pins, serverName: 'a.example' })
    expect(createTargetTrust({ serverName: 'a.example', spkiPins: [...pins].reverse() }).key).toBe(key)
    expect(createTargetTrust({ spkiPins: pins, serverName: 'b.example' }).key).not.toBe(key)
    expect(createTargetTrust({ spkiPins: pins }).key).not.toBe(key)
  })
})
