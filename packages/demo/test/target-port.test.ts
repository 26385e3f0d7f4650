import { describe, expect, it } from '@jest/globals'
import { targetPort } from '../src/target-port.ts'

describe('the port of the target', () => {
  it('is 8082, or that of the demo before', () => {
    expect(targetPort({}, undefined)).toBe(8082)
    expect(targetPort({ CONFIG_API_PORT: '8080' }, { targetPort: 45_678 })).toBe(45_678)
  })

  it('is any other where a service is to have it', () => {
    expect(targetPort({ CONFIG_API_PORT: '8082' }, undefined)).toBe(0)
    expect(targetPort({ FORWARDER_API_MANAGEMENT_PORT: '45678' }, { targetPort: 45_678 })).toBe(0)
    expect(targetPort({ CONSOLE_PORT: '8082' }, undefined)).toBe(0)
  })
})
