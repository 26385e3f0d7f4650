import { describe, expect, it } from '@jest/globals'
import { readConfiguration } from '../../src/configuration/configuration.ts'

const variables = ['TARGET_CONNECT_TIMEOUT', 'TARGET_HANDSHAKE_TIMEOUT', 'TARGET_ANSWER_TIMEOUT', 'TARGET_BODY_TIMEOUT']

describe('how long targets may take', () => {
  it('is a setting', () => {
    const environment = Object.fromEntries(variables.map((variable, index) => [variable, `${index + 1}s`]))
    expect(readConfiguration(environment)).toMatchObject({
      targetConnectTimeoutMs: 1_000,
      targetHandshakeTimeoutMs: 2_000,
      targetAnswerTimeoutMs: 3_000,
      targetBodyTimeoutMs: 4_000,
    })
  })

  it.each(variables)('is from a second to ten minutes: %s', (variable) => {
    for (const time of ['0', '999ms', '11m']) {
      expect(() => readConfiguration({ [variable]: time })).toThrow(`${variable} must be from 1s to 10m`)
    }
    expect(() => readConfiguration({ [variable]: '10m' })).not.toThrow()
  })
})
