import { describe, expect, it } from '@jest/globals'
import { answerBody, answerHead, answerJson } from '../src/answer-text.ts'
import { paint } from '../src/colour.ts'
import { ProgressBar } from '../src/progress-bar.ts'
import { safeJson, safeScreen, safeText, safeValue } from '../src/safe-text.ts'

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
const unsafe = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/
const everyControl = [
  ...Array.from({ length: 0xa0 }, (_, code) => code),
  ...[0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069],
].map((code) => String.fromCharCode(code))

describe('text of others', () => {
  it.each([
    ['a colour', 'a\u001b[31mb', 'ab'],
    ['a colour in 8 bits', 'a\u009b31mb', 'ab'],
    ['the end of the screen', 'a\u001b[2J\u001b[Hb', 'ab'],
    ['a title', 'a\u001b]0;owned\u0007b', 'ab'],
    ['a title in 8 bits', 'a\u009d0;owned\u009cb', 'ab'],
    ['a link', 'a\u001b]8;;https://evil.example\u001b\\b', 'ab'],
    ['a device control string', 'a\u001bP1$r0m\u001b\\b', 'ab'],
    ['a string without an end', 'a\u001b]0;b', 'a0;b'],
    ['a reset', 'a\u001bcb', 'ab'],
    ['a sequence in a sequence', 'a\u001b\u001b[31m[31mb', 'a[31mb'],
    ['a way back', 'good\r\b\b\b\bevil', 'goodevil'],
    ['an override of the direction', 'a\u202etxt.exe\u202c', 'atxt.exe'],
    ['isolates', 'a\u2066b\u2069', 'ab'],
    ['what people write', 'Grüße, 日本, שלום, 👩‍🚀\tand\nlines', 'Grüße, 日本, שלום, 👩‍🚀\tand\nlines'],
  ])('is safe: %s', (_, text, expected) => {
    expect(safeText(text)).toBe(expected)
  })

  it('has no control character after it, whatever is combined', () => {
    for (const one of everyControl) {
      for (const other of everyControl) {
        expect(safeText(`x${one}[3${other}1m${one}y`)).not.toMatch(unsafe)
      }
    }
  })

  it('costs no more than its length', () => {
    const pieces = [
      '\u001b[',
      '\u009b0',
      '\u001b]x',
      '\u009d',
      '\u001b',
      '\u0090\u001b',
      '\u001b[0;',
      '\u001b ',
      ';',
      ' ',
    ]
    for (const piece of pieces) {
      const start = performance.now()
      for (const before of ['', '\u001b[', '\u009d', '\u001b]']) safeText(before + piece.repeat(200_000))
      expect(performance.now() - start).toBeLessThan(5_000)
    }
  })

  it('is made safe in each name and value of a JSON value', () => {
    const value = { 'a\u001b[31m': ['b\u0007', { 'c\u202e': 1 }], d: null, e: true }
    expect(safeValue(value)).toEqual({ a: ['b', { c: 1 }], d: null, e: true })
    expect(Object.keys(safeValue(JSON.parse('{"__proto__\\u0007":{"x":1}}')) as object)).toEqual(['__proto__'])
  })

  it('stays what it is in JSON, written in another way', () => {
    const value = Object.fromEntries(everyControl.map((character) => [`n${character}`, `v${character}`]))
    const json = safeJson(`{\r\n"a":\r${JSON.stringify(value)}}`)
    expect(json).not.toMatch(unsafe)
    expect(JSON.parse(json)).toEqual({ a: value })
  })
})

describe('what is shown', () => {
  it('keeps the colours of this package and no others, and none where there are none', () => {
    const text = `${paint('red', 31, true)}\u001b[35m\u001b[8mx`
    expect(safeScreen(text, true)).toBe(`${paint('red', 31, true)}x`)
    expect(safeScreen(text, false)).toBe('redx')
  })

  it('of an answer is safe in head, body and JSON', () => {
    const hostile = 'a\u001b[31m\u009b2J\u202e'
    const headers = { 'content-type': 'application/json', location: hostile, 'x-request-id': [hostile, 'b'] }
    const json = { status: 200, headers, body: Buffer.from(JSON.stringify({ [hostile]: hostile })) }
    const text = { ...json, headers: { ...headers, 'content-type': 'text/plain' }, body: Buffer.from(hostile) }
    for (const answer of [json, text]) {
      expect(answerHead(answer, false)).not.toMatch(unsafe)
      expect(answerBody(answer)).not.toMatch(unsafe)
      expect(answerJson(answer)).not.toMatch(unsafe)
    }
    expect(answerBody(text)).toBe('a')
    expect(JSON.parse(answerJson(json)).body).toEqual({ [hostile]: hostile })
  })

  it('beside a progress bar is safe', () => {
    const written: string[] = []
    const stream = { isTTY: true, write: (text: string) => written.push(text) }
    new ProgressBar(stream).show(1, 2, 'a\u001b[2J\u009b2Jb')
    expect(written.join('')).toMatch(/ab$/)
    expect(written.join('').replace('\r\u001b[K', '')).not.toMatch(unsafe)
  })
})
