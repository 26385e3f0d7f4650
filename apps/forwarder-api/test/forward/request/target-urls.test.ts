import { describe, expect, it } from '@jest/globals'
import { TargetUrls } from '../../../src/forward/request/target-urls.ts'

describe('urls that calls name', () => {
  it('are parsed once, each text by itself', () => {
    const urls = new TargetUrls()
    const parsed = urls.parse('https://Bank.example/a?b')

    expect(parsed).toMatchObject({ hostname: 'bank.example', port: 443, pathAndQuery: '/a?b' })
    expect(urls.parse('https://Bank.example/a?b')).toBe(parsed)
    expect(urls.parse('https://bank.example/a?B').pathAndQuery).toBe('/a?B')
  })

  it('are kept while calls name them, however many others come, and otherwise forgotten', () => {
    const urls = new TargetUrls()
    const used = urls.parse('https://bank.example/used')
    const left = urls.parse('https://bank.example/left')
    for (let count = 0; count < 50_000; count++) {
      urls.parse(`https://bank.example/${count}`)
      if (count % 10_000 === 0) expect(urls.parse('https://bank.example/used')).toBe(used)
    }
    expect(urls.parse('https://bank.example/left')).not.toBe(left)
  })

  it('are few where they are long', () => {
    const urls = new TargetUrls()
    const first = urls.parse('https://bank.example/first')
    const long = 'x'.repeat(2_000)
    for (let count = 0; count < 4_400; count++) urls.parse(`https://bank.example/${count}/${long}`)
    expect(urls.parse('https://bank.example/first')).not.toBe(first)
  })

  it('are refused each time where they are not canonical', () => {
    const urls = new TargetUrls()
    for (const _ of [1, 2]) expect(() => urls.parse('https://bank.example/../a')).toThrow(/dot segment/)
  })
})
