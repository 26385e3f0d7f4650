import { expect, it } from '@jest/globals'
import { markDifference } from '../../src/web/pages/explain/mark-difference.ts'

it.each([
  ['https://a.example/x?a=1', 'https://a.example/x?a=2', ['https://a.example/x?a=', '1', '']],
  ['https://a.example/x/', 'https://a.example/x', ['https://a.example/x', '/', '']],
  ['https://a.example/X', 'https://a.example/x', ['https://a.example/', 'X', '']],
  ['https://a.example/aa', 'https://a.example/a', ['https://a.example/a', 'a', '']],
  ['https://a.example/', 'https://a.example/', ['https://a.example/', '', '']],
  ['', 'https://a.example/', ['', '', '']],
])('marks in %s what differs from %s', (text, other, parts) => {
  expect(markDifference(text, other)).toEqual(parts)
  expect(markDifference(text, other).join('')).toBe(text)
})
