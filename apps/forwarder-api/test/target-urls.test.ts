import { describe, expect, it } from '@jest/globals'
import { TargetUrls } from '../src/forward/target-urls.ts'

describe('urls that calls name', () => {
  it('are parsed once, each text by itself', () => {
    const urls = new TargetUrls()
    const parsed = urls.parse('https://Bank.example/a?b')

    expect(parsed).toMatchObject({ hostname: 'bank.example', port: 443, pathAndQuery: '/a?b' })
    expect(urls.parse('https://Bank.example/a?b')).toBe(parsed)
    expect(urls.parse('https://bank.example/a?B').pathAndQuery).toBe('/a?B')
  })

  it('are refused each time where they are not canonical', () => {
    const urls = new TargetUrls()
    for (const _ of [1, 2]) expect(() => urls.parse('https://bank.example/../a')).toThrow(/dot segment/)
  })
})
