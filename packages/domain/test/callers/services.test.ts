import { describe, expect, it } from '@jest/globals'
import { ServiceCatalogue } from '../../src/index.ts'

describe('a service', () => {
  it('is known by its name or its number', () => {
    const services = new ServiceCatalogue([{ number: '9', name: 'BANK' }])
    expect(services.resolve('IDP')).toEqual(services.resolve('1'))
    expect(services.resolve('BANK').number).toBe('9')
  })

  it('that is unknown is refused with the known ones', () => {
    expect(() => new ServiceCatalogue().resolve('idp')).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_SERVICE', message: expect.stringContaining('IDP (1)') }),
    )
  })

  it('can not be configured twice', () => {
    expect(() => new ServiceCatalogue([{ number: '1', name: 'OTHER' }])).toThrow(
      expect.objectContaining({ code: 'CONFIGURATION_INVALID' }),
    )
  })
})
