import { describe, expect, it } from '@jest/globals'
import { readConfiguration } from '../../src/configuration/configuration.ts'

const embedded = { SECRET_STORE: 'embedded', DATA_DIR: '/tmp' }
const read = (url: string) => readConfiguration({ ...embedded, CONSOLE_URL: url }).consoleUrl

describe('CONSOLE_URL', () => {
  it.each([
    ['', undefined],
    ['https://console.example', 'https://console.example'],
    ['https://gateway.example/console/', 'https://gateway.example/console'],
    ['http://127.0.0.1:8090/', 'http://127.0.0.1:8090'],
    ['http://[::1]:8090', 'http://[::1]:8090'],
  ])('%j leads to %j', (url, expected) => {
    expect(read(url)).toBe(expected)
  })

  it.each([
    'http://console.example',
    'https://console.example/#a',
    'https://console.example?a',
    'https://a@console.example',
    'console',
  ])('%s is refused', (url) => {
    expect(() => read(url)).toThrow('CONSOLE_URL must be an https url without user, query and fragment')
  })
})
