import { describe, expect, it } from '@jest/globals'
import { readInstructions } from '../../../src/forward/request/instructions.ts'

describe('the instructions of a call', () => {
  const gateway = { 'lp-service-name': 'IDP', 'lp-forward-url': 'https://t.example/' }
  const read = (fields: Record<string, string>) => readInstructions(new Map(Object.entries(fields)))

  it('are read', () => {
    expect(read({ ...gateway, 'lp-stop-if-certificate-not-found': 'TRUE' })).toEqual({
      serviceName: 'IDP',
      targetUrl: 'https://t.example/',
      stopIfCertificateNotFound: true,
    })
    expect(read(gateway).stopIfCertificateNotFound).toBe(false)
  })

  it.each([
    [{ 'lp-forward-url': 'https://t.example/' }, 'SERVICE_NAME_MISSING'],
    [{ 'lp-service-name': 'IDP' }, 'TARGET_URL_MISSING'],
    [{ ...gateway, 'lp-stop-if-certificate-not-found': 'perhaps' }, 'VALIDATION_FAILED'],
  ])('are refused: %j', (fields, code) => {
    expect(() => read(fields)).toThrow(expect.objectContaining({ code }))
  })
})
