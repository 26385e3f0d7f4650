import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import { callReasons } from '@mtls-gateway/contract/words'
import { root } from '../../support/entries.ts'

it('each code of the way to the target has words for whoever looks through the recent calls', async () => {
  const page = await readFile(join(root, 'docs/errors.md'), 'utf8')
  const [, rest = ''] = page.split('\n## Codes of the way to the target\n')
  const [section = ''] = rest.split('\n## ')
  const codes = [...section.matchAll(/^\| `([A-Z0-9_]+)` \|/gm)].map(([, code = '']) => code)
  expect(codes.length).toBeGreaterThan(35)
  expect(codes.filter((code) => !Object.hasOwn(callReasons, code))).toEqual([])
})
