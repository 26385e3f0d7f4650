import { describe, expect, it } from '@jest/globals'
import { table } from '../src/table.ts'

describe('a table', () => {
  it('has columns as wide as they must be, and no spaces behind the last', () => {
    const lines = table(
      ['name', 'status'],
      [
        ['a long name', 'Available'],
        ['b', 'Expired'],
      ],
    ).split('\n')
    expect(lines).toEqual(['name         status', 'a long name  Available', 'b            Expired'])
  })

  it('has figures to the right, with their units and their heading, but for the first column', () => {
    const rows = [
      [1, 9, '12.5 ms'],
      [10, 10, '-3 ms'],
    ]
    expect(table(['', 'calls', 'took'], rows).split('\n')).toEqual([
      '    calls     took',
      '1       9  12.5 ms',
      '10     10    -3 ms',
    ])
  })

  it('has ids with their names to the left', () => {
    const rows = [
      ['a', '190723577955120 long-name'],
      ['b', '90742970804591 x'],
    ]
    expect(table(['', 'subjects'], rows).split('\n')).toEqual([
      '   subjects',
      'a  190723577955120 long-name',
      'b  90742970804591 x',
    ])
  })

  it('is its heading where there is nothing to show', () => {
    expect(table(['name', 'status'], [])).toBe('name  status')
  })
})
