import { hostname } from 'node:os'
import { expect, it } from '@jest/globals'
import { newInstanceName } from '../../src/process/instance-name.ts'

it('an instance is named by its host, or as it is told, and anew with each start', () => {
  expect(newInstanceName().startsWith(`${hostname().slice(0, 63)}-`)).toBe(true)
  const names = ['forwarder-api-7d9f-x2x', 'forwarder-api-7d9f-x2x'].map((name) => newInstanceName(name))
  expect(names.map((name) => name.replace(/-[0-9a-f]{6}$/, ''))).toEqual(Array(2).fill('forwarder-api-7d9f-x2x'))
  expect(new Set(names).size).toBe(2)
  expect(newInstanceName('\n"a b"\u00e9')).toMatch(/^--a-b---[0-9a-f]{6}$/)
  expect(newInstanceName('x'.repeat(500))).toHaveLength(70)
})
