import { describe, expect, it } from '@jest/globals'
import { readConfiguration } from '../../src/configuration/configuration.ts'

const embedded = {
  SECRET_STORE: 'embedded',
  DATA_DIR: '/tmp',
  TOKEN_SECRET: 'a secret of more than thirty-two characters',
}

describe('CHANGE_TIMEOUT', () => {
  it.each([
    [{}, 10_000],
    [{ CHANGE_TIMEOUT: '1s' }, 1_000],
    [{ CHANGE_TIMEOUT: '1m' }, 60_000],
  ])('%j is %d milliseconds', (environment, ms) => {
    expect(readConfiguration({ ...embedded, ...environment }).changeTimeoutMs).toBe(ms)
  })

  it.each(['999ms', '61s'])('%s is refused', (text) => {
    expect(() => readConfiguration({ ...embedded, CHANGE_TIMEOUT: text })).toThrow('must be from 1s to 1m')
  })
})
