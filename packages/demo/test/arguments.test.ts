import { describe, expect, it } from '@jest/globals'
import { ArgumentError } from '../src/argument-error.ts'
import { parseCallArguments } from '../src/call-arguments.ts'
import { parseStartArguments } from '../src/start-arguments.ts'

describe('the arguments of start', () => {
  it('are all optional', () => {
    expect(parseStartArguments([])).toEqual({ once: false, json: false, help: false })
    expect(parseStartArguments(['--once', '--json'])).toEqual({ once: true, json: true, help: false })
  })

  it.each([['--twice'], ['--once=yes'], ['now']])('refuse %s with a sentence that names it', (argument) => {
    expect(() => parseStartArguments([argument])).toThrow(ArgumentError)
    expect(() => parseStartArguments([argument])).toThrow(argument.replace(/=.*/, ''))
  })
})

describe('the arguments of call', () => {
  const url = ['--url', 'https://target.example/a?b=c']

  it('need a url, which is kept as it is', () => {
    expect(() => parseCallArguments([])).toThrow('--url is missing')
    expect(parseCallArguments(url)).toEqual({
      help: false,
      json: false,
      url: 'https://target.example/a?b=c',
      method: 'GET',
      service: undefined,
      headers: {},
      data: undefined,
    })
  })

  it('need no url for help', () => {
    expect(parseCallArguments(['--help']).help).toBe(true)
  })

  it('make a POST of a call with data unless a method is given', () => {
    expect(parseCallArguments([...url, '--data', '']).method).toBe('POST')
    expect(parseCallArguments([...url, '--data', 'x', '--method', 'put']).method).toBe('PUT')
  })

  it('take headers by name, the same one more than once, with colons in the value', () => {
    const headers = ['--header', 'x-a: 1', '--header', 'X-Time:12:30 ', '--header', 'x-a: 2', '--header', 'x-empty:']
    expect(parseCallArguments([...url, ...headers]).headers).toEqual({
      'x-a': ['1', '2'],
      'X-Time': ['12:30'],
      'x-empty': [''],
    })
  })

  it.each(['no colon', ': no name', 'two words: x'])('refuse the header "%s"', (header) => {
    expect(() => parseCallArguments([...url, '--header', header])).toThrow(`not '${header}'`)
  })

  it('refuse what they do not know', () => {
    expect(() => parseCallArguments([...url, '--cert', 'x'])).toThrow(ArgumentError)
  })
})
