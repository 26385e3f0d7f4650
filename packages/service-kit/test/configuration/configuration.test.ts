import { inspect } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import type { CodedError } from '@mtls-gateway/domain'
import {
  baseUrlList,
  boolean,
  choice,
  cidrList,
  duration,
  filePath,
  integer,
  port,
  required,
  type Setting,
  secret,
  secretKey,
  serviceUrl,
  text,
} from '../../src/configuration/fields.ts'
import { parseConfiguration } from '../../src/configuration/parse-configuration.ts'

const meaning = 'Something.'

function faultsOf(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    expect(error).toMatchObject({ name: 'CodedError', code: 'CONFIGURATION_INVALID' })
    return (error as CodedError).message
  }
  throw new Error('it was taken')
}

function parse<T>(setting: Setting<T | undefined>, value: string): T {
  return parseConfiguration({ it: required(setting) }, { IT: value }).it
}

describe('a configuration', () => {
  it('has typed values, from the environment or the defaults', () => {
    const settings = {
      listenPort: port('A_PORT', { meaning, default: '8080' }),
      strict: boolean('STRICT', { meaning, default: 'false' }),
      name: text('NAME', { meaning, example: 'x' }),
    }
    const configuration = parseConfiguration(settings, { STRICT: 'true', UNKNOWN: 'ignored' })
    expect(configuration).toEqual({ listenPort: 8080, strict: true, name: undefined })
  })

  it('takes an empty variable for an absent one', () => {
    expect(parseConfiguration({ it: port('IT', { meaning, default: '1' }) }, { IT: ' ' }).it).toBe(1)
  })

  it('tells every fault at once, each with variable, problem and example', () => {
    const settings = {
      a: required(port('A_PORT', { meaning })),
      b: integer('B_COUNT', 1, 5, { meaning }),
      c: choice('C_MODE', ['plain', 'refuse'], { meaning }),
    }
    expect(faultsOf(() => parseConfiguration(settings, { B_COUNT: '9', C_MODE: 'no' })).split('\n')).toEqual([
      'The configuration is not valid:',
      '- A_PORT is required. Example: A_PORT=8080',
      '- B_COUNT must be a whole number from 1 to 5. Example: B_COUNT=1',
      '- C_MODE must be one of plain, refuse. Example: C_MODE=plain',
    ])
  })

  it('never tells the value that is wrong', () => {
    expect(faultsOf(() => parse(secretKey('IT', { meaning }), 'canary'))).not.toContain('canary')
  })
})

describe('a duration with bounds', () => {
  const bounded = duration('IT', { meaning, within: ['1s', '1h'] })
  const orZero = duration('IT', { meaning, within: ['1s', '1h'], orZero: true })

  it('takes its bounds and what is between them, and 0 only where that stands for none', () => {
    expect(['1s', '90s', '1h'].map((text) => parse(bounded, text))).toEqual([1_000, 90_000, 3_600_000])
    expect(parse(orZero, '0')).toBe(0)
    expect(faultsOf(() => parse(bounded, '0'))).toContain('IT must be from 1s to 1h')
  })

  it.each(['999ms', '2h'])('tells both of them where it is not: %s', (text) => {
    expect(faultsOf(() => parse(orZero, text))).toContain('IT must be 0, or from 1s to 1h. Example')
  })

  it('tells of the unit alone where that is missing', () => {
    expect(faultsOf(() => parse(bounded, '5'))).not.toContain('from 1s')
  })
})

describe('a setting', () => {
  it.each([
    ['duration 500ms', duration('IT', { meaning }), '500ms', 500],
    ['duration 2h', duration('IT', { meaning }), '2h', 7_200_000],
    ['duration 0', duration('IT', { meaning }), '0', 0],
    ['port 0', port('IT', { meaning }), '0', 0],
    ['cidr list', cidrList('IT', { meaning }), '10.0.0.0/8, fd00::/8', ['10.0.0.0/8', 'fd00::/8']],
    ['base urls', baseUrlList('IT', { meaning }), 'https://a.example/,http://b', ['https://a.example', 'http://b']],
    ['https url', serviceUrl('IT', { meaning, example: '' }), 'https://a.example/x', 'https://a.example/x'],
    ['http url of this host', serviceUrl('IT', { meaning, example: '' }), 'http://127.0.0.1:1', 'http://127.0.0.1:1'],
    ['file', filePath('IT', { meaning, example: '' }), import.meta.filename, import.meta.filename],
  ] as [string, Setting<unknown>, string, unknown][])('takes a %s', (_, setting, value, expected) => {
    expect(parse(setting, value)).toEqual(expected)
  })

  it.each([
    ['port', port('IT', { meaning }), ['65536', '-1', '1.5', 'x', '0x10']],
    ['boolean', boolean('IT', { meaning }), ['yes', '1', 'TRUE']],
    ['duration', duration('IT', { meaning }), ['10', '1w', '-1s', '1.5s']],
    ['cidr list', cidrList('IT', { meaning }), ['10.0.0.0', '10.0.0.0/33', 'fd00::/129', 'a/8', '10.0.0.0/8,']],
    ['base urls', baseUrlList('IT', { meaning }), ['a.example', 'https://a/?b', 'https://u:p@a', 'ftp://a']],
    ['url of a service', serviceUrl('IT', { meaning, example: '' }), ['http://a.example', 'https://u:p@a', 'x']],
    ['file', filePath('IT', { meaning, example: '' }), ['/does/not/exist']],
    ['key', secretKey('IT', { meaning }), ['AAAA', `${'A'.repeat(43)}`, `${'A'.repeat(44)}`]],
  ] as [string, Setting<unknown>, string[]][])('that is a %s refuses what is none', (_, setting, values) => {
    for (const value of values) expect(faultsOf(() => parse(setting, value))).toContain('- IT must ')
  })

  it('that is secret gives its value only when it is asked to', () => {
    const value = parse(secret('IT', { meaning, example: '...' }), 'canary')
    expect(value.reveal()).toBe('canary')
    expect(`${value} ${JSON.stringify({ value })} ${inspect({ value }, { showHidden: true })}`).not.toContain('canary')
  })

  it('that is a key gives its 32 bytes', () => {
    const key = Buffer.alloc(32, 7)
    expect(Buffer.from(parse(secretKey('IT', { meaning }), key.toString('base64')).reveal())).toEqual(key)
  })
})
